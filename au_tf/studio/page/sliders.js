// Twelve sliders with what each does, and under each what the estimator reads.
import { UNITS } from "./store.js";
import { words } from "./words.js";

const make = (tag, className, text) => {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
};

export const fill = (input) =>
  input.style.setProperty("--fill", `${((input.value - input.min) / (input.max - input.min)) * 100}%`);

const unlike = ({ left, right }) => left.some((value, k) => value !== right[k]);

export class Sliders {
  constructor(place, about, store) {
    this.store = store;
    this.apart = false;
    this.rows = [];
    for (const [title, numbers] of words.groups) {
      place.append(make("h3", "", title));
      for (const number of numbers) place.append(this.#row(number, about.units[number]));
    }
    store.listen((now) => this.#show(now));
  }

  #row(number, unit) {
    const row = make("div", "unit");
    const shot = make("div", "shot");
    const picture = make("img");
    picture.alt = "";
    picture.loading = "lazy";
    shot.append(picture);
    const name = make("div", "name");
    name.append(make("b", "", unit.name), make("span", "", unit.title));
    row.title = unit.muscles.join("; ");
    const track = make("div", "track");
    const inputs = {};
    for (const side of ["left", "right"]) {
      const one = make("div", "one");
      const letter = make("span", "", words[`${side}Short`]);
      const input = make("input");
      Object.assign(input, { type: "range", min: 0, max: 5, step: 0.05, value: 0, name: `${unit.name}-${side}` });
      one.append(letter, input);
      input.addEventListener("input", () => this.#moved(number, side, Number(input.value)));
      input.addEventListener("change", () => this.store.keep());
      inputs[side] = { one, letter, input };
      track.append(one);
    }
    const read = make("div", "read");
    read.append(make("i"));
    track.prepend(name);
    track.append(read);
    const figures = make("div", "number");
    const output = make("output", "", "0");
    const seen = make("small");
    figures.append(output, seen);
    row.append(shot, track, figures);
    this.rows[number] = { row, unit, picture, inputs, output, seen, bar: read.firstChild };
    return row;
  }

  #moved(number, side, value) {
    const now = this.store.copy();
    for (const each of this.apart && this.state.sided[number] ? [side] : ["left", "right"]) now[each][number] = value;
    this.store.move(now);
  }

  // A face: what it can do, and pictures of its model.
  face(state) {
    this.state = state;
    this.rows.forEach((row, number) => {
      row.picture.src = `units/${state.choice}/${number + 2}.jpg`;
      row.row.classList.toggle("off", !state.shown[number]);
      if (!state.shown[number]) row.row.title = words.cannot;
      for (const side of ["left", "right"]) row.inputs[side].input.disabled = !state.shown[number];
    });
    this.split(this.apart || unlike(this.store.now));
  }

  split(apart) {
    this.apart = document.getElementById("apart").checked = apart;
    if (!apart) {
      const now = this.store.copy();
      const mean = now.left.map((value, k) => (value + now.right[k]) / 2);
      if (unlike(now)) this.store.set({ left: mean, right: [...mean] });
    }
    this.rows.forEach(({ inputs }, number) => {
      const two = apart && this.state?.sided[number];
      inputs.right.one.hidden = !two;
      inputs.left.letter.hidden = !two;
    });
    this.#show(this.store.now);
  }

  #show(now) {
    if (unlike(now) && !this.apart && this.state) {
      this.split(true);
      return;
    }
    for (let k = 0; k < UNITS; k++) {
      const { inputs, output, unit } = this.rows[k];
      const two = this.apart && this.state?.sided[k];
      for (const side of ["left", "right"]) {
        const { input } = inputs[side];
        const told = `${now[side][k]} ${two}`;
        if (input.dataset.told === told) continue;
        input.dataset.told = told;
        input.value = now[side][k];
        fill(input);
        input.setAttribute("aria-label", words.asked(`${unit.name} ${unit.title}`, two ? words[side] : "", now[side][k]));
      }
      const mean = (now.left[k] + now.right[k]) / 2;
      const text = mean ? mean.toFixed(1) : "0";
      if (output.textContent !== text) output.textContent = text;
    }
  }

  read(values) {
    this.rows.forEach(({ bar, seen }, k) => {
      bar.style.width = values ? `${(values[k] / 5) * 100}%` : "0";
      seen.textContent = values ? values[k].toFixed(1) : "";
      seen.title = values ? words.read(values[k].toFixed(1)) : "";
    });
  }
}
