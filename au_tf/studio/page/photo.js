// The photo, before and after, and the wipe between them.
import { bytes } from "./server.js";
import { words } from "./words.js";

const $ = (id) => document.getElementById(id);

const MARGIN = 0.08; // about what expressions change, a share of its size
const SMALL = 0.62; // of the photo's shorter side: a face that takes less is shown closer

export class Photo {
  constructor() {
    this.shown = 0;
    this.at = 0;
    this.frame = $("frame");
    this.picture = $("picture");
    this.before = new OffscreenCanvas(1, 1);
    this.after = new OffscreenCanvas(1, 1);
    $("wipe").addEventListener("input", (event) => this.wipe(Number(event.target.value)));
    this.frame.addEventListener("pointerdown", (event) => {
      if (event.target.closest("button")) return;
      this.frame.setPointerCapture(event.pointerId);
      this.#drag(event);
      this.frame.onpointermove = (moved) => this.#drag(moved);
    });
    for (const end of ["pointerup", "pointercancel"]) this.frame.addEventListener(end, () => (this.frame.onpointermove = null));
    new ResizeObserver(() => this.#draw()).observe(this.frame);
    for (const view of ["close", "whole"]) {
      const button = document.createElement("button");
      button.textContent = words[view];
      button.dataset.view = view;
      button.onclick = () => this.look(view);
      $("views").append(button);
    }
  }

  async load(state) {
    const picture = await createImageBitmap(await bytes("photo.jpg"));
    for (const canvas of [this.before, this.after]) {
      canvas.width = picture.width;
      canvas.height = picture.height;
      canvas.getContext("2d").drawImage(picture, 0, 0);
    }
    picture.close();
    this.state = state;
    this.picture.setAttribute("aria-label", state.name);
    this.shown = 0;
    this.faces = [];
    const small = Math.max(state.part[2], state.part[3]) < SMALL * Math.min(this.after.width, this.after.height);
    $("views").hidden = !small;
    this.at = 0;
    this.look(small ? "close" : "whole");
    this.wipe(0);
  }

  async show(number, content) {
    const picture = await createImageBitmap(new Blob([content], { type: "image/jpeg" }));
    // Decoding may overtake.
    if (number > this.shown) {
      this.shown = number;
      this.after.getContext("2d").drawImage(picture, this.state.part[0], this.state.part[1]);
      this.#draw();
    }
    picture.close();
  }

  look(view) {
    for (const button of $("views").children) button.setAttribute("aria-pressed", button.dataset.view === view);
    const { width, height } = this.after;
    this.view = [0, 0, width, height];
    if (view === "close") {
      const [left, top, across, along] = this.state.part;
      const side = Math.min(Math.max(across, along) * (1 + 2 * MARGIN), width, height);
      const place = (low, size, limit) => Math.min(Math.max(0, low + size / 2 - side / 2), limit - side);
      this.view = [place(left, across, width), place(top, along, height), side, side];
    }
    this.#draw();
    this.#outline();
  }

  wipe(percent) {
    this.at = Math.min(100, Math.max(0, percent));
    $("wipe").value = this.at;
    $("wipe").style.setProperty("--fill", `${this.at}%`);
    $("edge").hidden = this.at <= 0 || this.at >= 100;
    $("badge").hidden = this.at >= 100;
    this.#draw();
  }

  toggle() {
    this.wipe(this.at < 50 ? 100 : 0);
  }

  #draw() {
    const box = this.frame.getBoundingClientRect();
    if (!this.state || !box.width) return;
    const ratio = Math.min(2, devicePixelRatio);
    const [width, height] = [Math.round(box.width * ratio), Math.round(box.height * ratio)];
    if (this.picture.width !== width || this.picture.height !== height) Object.assign(this.picture, { width, height });
    const canvas = this.picture.getContext("2d");
    canvas.imageSmoothingQuality = "high";
    canvas.clearRect(0, 0, width, height);
    const place = this.#place();
    const to = [place.left * ratio, place.top * ratio, place.width * ratio, place.height * ratio];
    canvas.drawImage(this.after, ...this.view, ...to);
    const edge = place.left + (place.width * this.at) / 100;
    $("edge").style.left = `${edge}px`;
    if (!this.at) return;
    canvas.save();
    canvas.beginPath();
    canvas.rect(0, 0, edge * ratio, height);
    canvas.clip();
    canvas.drawImage(this.before, ...this.view, ...to);
    canvas.restore();
  }

  #drag(event) {
    const { left, width } = this.#place();
    const percent = ((event.clientX - this.frame.getBoundingClientRect().left - left) / width) * 100;
    this.wipe(percent < 3 ? 0 : percent > 97 ? 100 : percent);
  }

  // Where in the frame what is shown of the picture is, which keeps its own proportions.
  #place() {
    const box = this.frame.getBoundingClientRect();
    const [, , across, along] = this.view;
    const scale = Math.min(box.width / across, box.height / along);
    const [width, height] = [across * scale, along * scale];
    return { left: (box.width - width) / 2, top: (box.height - height) / 2, width, height, scale };
  }

  boxes(faces, chosen, pick) {
    Object.assign(this, { faces, chosen, pick });
    $("picks").replaceChildren();
    $("picks").hidden = faces.length < 2;
    $("picks").setAttribute("aria-label", words.picks);
    this.faces.forEach((_, number) => $("picks").append(this.#button(number, number + 1)));
    this.#outline();
  }

  // The faces in the photo, as outlines to press.
  #outline() {
    $("boxes").replaceChildren();
    if (this.faces.length < 2) return;
    const { left, top, scale } = this.#place();
    this.faces.forEach(({ box }, number) => {
      const [x0, y0, x1, y1] = box.map((share, k) => share * (k % 2 ? this.after.height : this.after.width));
      const outline = this.#button(number, "");
      outline.style.left = `${left + (x0 - this.view[0]) * scale}px`;
      outline.style.top = `${top + (y0 - this.view[1]) * scale}px`;
      outline.style.width = `${(x1 - x0) * scale}px`;
      outline.style.height = `${(y1 - y0) * scale}px`;
      $("boxes").append(outline);
    });
  }

  #button(number, text) {
    const button = document.createElement("button");
    button.textContent = text;
    button.setAttribute("aria-label", words.pick(number + 1));
    button.setAttribute("aria-pressed", number === this.chosen);
    button.onclick = () => this.pick(number);
    return button;
  }
}
