// Keys of Action Units in the course of time: set, dragged, played, recorded, loaded.
import { post, upload } from "./server.js";
import { UNITS } from "./store.js";
import { fill } from "./sliders.js";
import { words } from "./words.js";

const $ = (id) => document.getElementById(id);
const SHORTEST = 4;
const MOST_HANDLES = 60;
const RECORD_MS = 40;
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

export class Timeline {
  constructor(about, store, changed, fail) {
    Object.assign(this, { names: about.units.map((unit) => unit.name), store, changed, fail });
    this.keys = {};
    this.time = 0;
    this.playing = null;
    this.recording = null;
    $("play").onclick = () => this.toggle();
    $("record").onclick = () => (this.recording ? this.stop() : this.record());
    $("add-key").onclick = () => this.set();
    $("clear").onclick = () => this.take({});
    $("moment").addEventListener("input", (event) => {
      this.pause();
      this.seek(Number(event.target.value));
    });
    $("table").addEventListener("change", async (event) => {
      const [file] = event.target.files;
      event.target.value = "";
      if (file) await this.load(file);
    });
    this.#draw();
  }

  get length() {
    const ends = Object.values(this.keys).map((keys) => keys.at(-1)[0]);
    return Math.max(SHORTEST, ...ends);
  }

  get end() {
    const ends = Object.values(this.keys).map((keys) => keys.at(-1)[0]);
    return ends.length ? Math.max(...ends) : 0;
  }

  take(keys) {
    this.keys = Object.fromEntries(Object.entries(keys).filter(([, found]) => found.length));
    this.#draw();
    this.changed();
  }

  async load(file) {
    try {
      const { keys } = await upload("timeline", file, file.name);
      this.take(keys);
      this.play();
    } catch (error) {
      this.fail(error.message);
    }
  }

  // The sliders become keys here: those that are moved, and those that have keys.
  set() {
    const keys = structuredClone(this.keys);
    this.names.forEach((name, k) => {
      const value = (this.store.now.left[k] + this.store.now.right[k]) / 2;
      if (!value && !keys[name]) return;
      // Whoever comes later has rested before.
      keys[name] ??= this.time > 0 && Object.keys(this.keys).length ? [[0, 0]] : [];
      keys[name] = [...keys[name].filter(([time]) => Math.abs(time - this.time) > 0.02), [this.time, value]].sort((a, b) => a[0] - b[0]);
    });
    this.take(keys);
    this.seek(Math.min(this.time + 1, 600), false);
  }

  at(time) {
    return this.names.map((name) => {
      const keys = this.keys[name];
      if (!keys) return 0;
      const after = keys.findIndex(([moment]) => moment >= time);
      if (after < 0) return keys.at(-1)[1];
      if (!after) return keys[0][1];
      const [[t0, v0], [t1, v1]] = [keys[after - 1], keys[after]];
      return v0 + ((v1 - v0) * (time - t0)) / Math.max(t1 - t0, 1e-9);
    });
  }

  seek(time, move = true) {
    this.time = time;
    if (time > Number($("moment").max)) $("moment").max = time;
    $("moment").value = time;
    fill($("moment"));
    $("moment").setAttribute("aria-valuetext", words.seconds(time));
    $("clock").textContent = `${words.seconds(time)} / ${words.seconds(this.end)}`;
    for (const line of document.querySelectorAll("#tracks .now")) line.style.left = `${(time / this.length) * 100}%`;
    if (move && this.end) {
      const values = this.at(time);
      this.store.move({ left: values, right: [...values] }, "play");
    }
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  play() {
    if (!this.end) return;
    const from = performance.now() - (this.time >= this.end ? 0 : this.time) * 1000;
    const step = () => {
      const time = (performance.now() - from) / 1000;
      this.seek(Math.min(time, this.end));
      if (time >= this.end) this.pause();
      else this.playing = requestAnimationFrame(step);
    };
    this.playing = requestAnimationFrame(step);
    this.#buttons();
  }

  pause() {
    if (!this.playing) return;
    cancelAnimationFrame(this.playing);
    this.playing = null;
    this.store.keep();
    this.#buttons();
  }

  record() {
    this.pause();
    const begin = performance.now();
    this.recording = { rows: [], timer: setInterval(() => {
      const time = (performance.now() - begin) / 1000;
      const { left, right } = this.store.now;
      this.recording.rows.push([time, left.map((value, k) => (value + right[k]) / 2)]);
      this.seek(time, false);
    }, RECORD_MS) };
    this.#buttons();
  }

  async stop() {
    clearInterval(this.recording.timer);
    const { rows } = this.recording;
    this.recording = null;
    this.#buttons();
    const all = {};
    for (let k = 0; k < UNITS; k++)
      if (rows.some(([, values]) => values[k])) all[this.names[k]] = rows.map(([time, values]) => [time, values[k]]);
    try {
      this.take(Object.keys(all).length ? await post("keys", all) : {});
      this.seek(0, false);
    } catch (error) {
      this.fail(error.message);
    }
  }

  #buttons() {
    $("play").textContent = this.playing ? words.pause : words.play;
    $("play").disabled = !this.end;
    $("record").textContent = this.recording ? words.stop : words.record;
    $("record").classList.toggle("on", Boolean(this.recording));
    $("clear").disabled = !this.end;
  }

  #draw() {
    $("moment").max = this.length;
    $("no-keys").hidden = Boolean(this.end);
    $("tracks").replaceChildren(...this.names.filter((name) => this.keys[name]).map((name) => this.#lane(name)));
    this.#buttons();
    this.seek(Math.min(this.time, this.length), false);
  }

  #lane(name) {
    const lane = document.createElement("div");
    lane.className = "lane";
    const label = document.createElement("span");
    label.textContent = name;
    const area = document.createElement("div");
    area.className = "area";
    const now = document.createElement("div");
    now.className = "now";
    area.append(this.#curve(name), now);
    lane.append(label, area);
    if (this.keys[name].length <= MOST_HANDLES) this.keys[name].forEach((_, n) => area.append(this.#handle(name, n, area)));
    else label.title = words.manyKeys(this.keys[name].length);
    return lane;
  }

  #curve(name) {
    const space = "http://www.w3.org/2000/svg";
    const picture = document.createElementNS(space, "svg");
    picture.setAttribute("viewBox", "0 0 100 100");
    picture.setAttribute("preserveAspectRatio", "none");
    picture.setAttribute("aria-hidden", "true");
    const line = document.createElementNS(space, "polyline");
    line.setAttribute("points", this.#points(name));
    picture.append(line);
    return picture;
  }

  #points(name) {
    const keys = this.keys[name];
    const all = [[0, keys[0][1]], ...keys, [this.length, keys.at(-1)[1]]];
    return all.map(([time, value]) => `${(time / this.length) * 100},${92 - (value / 5) * 84}`).join(" ");
  }

  #handle(name, n, area) {
    const button = document.createElement("button");
    const place = () => {
      const [time, value] = this.keys[name][n];
      button.style.left = `${(time / this.length) * 100}%`;
      button.style.top = `${92 - (value / 5) * 84}%`;
      button.setAttribute("aria-label", words.key(name, time, value));
    };
    const move = (time, value) => {
      const keys = this.keys[name];
      const [low, high] = [n ? keys[n - 1][0] + 0.01 : 0, n + 1 < keys.length ? keys[n + 1][0] - 0.01 : 600];
      keys[n] = [clamp(time, low, high), clamp(value, 0, 5)];
      area.querySelector("polyline").setAttribute("points", this.#points(name));
      place();
      this.changed();
    };
    button.addEventListener("pointerdown", (event) => {
      button.setPointerCapture(event.pointerId);
      const box = area.getBoundingClientRect();
      const span = this.length;
      button.onpointermove = (to) =>
        move(((to.clientX - box.left) / box.width) * span, ((92 - ((to.clientY - box.top) / box.height) * 100) / 84) * 5);
    });
    button.addEventListener("pointerup", () => {
      button.onpointermove = null;
      this.#draw();
    });
    button.addEventListener("keydown", (event) => {
      const steps = { ArrowLeft: [-0.05, 0], ArrowRight: [0.05, 0], ArrowUp: [0, 0.25], ArrowDown: [0, -0.25] };
      const [time, value] = this.keys[name][n];
      if (event.key in steps) move(time + steps[event.key][0], value + steps[event.key][1]);
      else if (event.key === "Delete" || event.key === "Backspace")
        this.take({ ...this.keys, [name]: this.keys[name].filter((_, k) => k !== n) });
      else return;
      event.preventDefault();
    });
    place();
    return button;
  }
}
