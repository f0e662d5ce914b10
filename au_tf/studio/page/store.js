// What is asked for, and its history. Listeners are told of every change.
export const UNITS = 12;
const LONGEST = 500;

const zeros = () => new Array(UNITS).fill(0);
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

export class Store {
  constructor() {
    this.now = { left: zeros(), right: zeros() };
    this.past = [];
    this.future = [];
    this.kept = this.copy();
    this.listeners = [];
  }

  copy() {
    return { left: [...this.now.left], right: [...this.now.right] };
  }

  listen(listener) {
    this.listeners.push(listener);
  }

  tell(cause) {
    for (const listener of this.listeners) listener(this.now, cause);
  }

  // While something is dragged: shown, but no step of the history.
  move(change, cause = "move") {
    Object.assign(this.now, change);
    this.tell(cause);
  }

  // What was moved becomes a step.
  keep() {
    if (same(this.kept, this.now)) return;
    this.past.push(this.kept);
    if (this.past.length > LONGEST) this.past.shift();
    this.future = [];
    this.kept = this.copy();
    this.tell("keep");
  }

  set(change) {
    this.move(change);
    this.keep();
  }

  undo() {
    this.#step(this.past, this.future);
  }

  redo() {
    this.#step(this.future, this.past);
  }

  #step(from, to) {
    if (!from.length) return;
    to.push(this.kept);
    this.now = from.pop();
    this.kept = this.copy();
    this.tell("step");
  }

  neutral() {
    this.set({ left: zeros(), right: zeros() });
  }

  forget() {
    this.now = { left: zeros(), right: zeros() };
    this.past = [];
    this.future = [];
    this.kept = this.copy();
    this.tell("step");
  }

  dump() {
    return { now: this.now, past: this.past.slice(-50), future: this.future.slice(-50) };
  }

  restore(kept) {
    this.now = kept.now;
    this.past = kept.past;
    this.future = kept.future;
    this.kept = this.copy();
    this.tell("step");
  }
}
