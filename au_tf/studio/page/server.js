// The studio's server: requests of one session, and the socket on which the newest wish wins.
import { words } from "./words.js";

let session = null;

async function answered(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, { ...options, headers: { ...options.headers, "x-session": session ?? "" } });
  } catch {
    throw new Error(words.lost);
  }
  if (!answer.ok) {
    const told = await answer.json().catch(() => ({}));
    throw Object.assign(new Error(told.error ?? `${answer.status} ${answer.statusText}`), { status: answer.status });
  }
  return answer;
}

export const get = async (path) => (await answered(path)).json();
export const bytes = async (path) => (await answered(path)).blob();
export const post = async (path, content) =>
  (await answered(path, { method: "POST", body: JSON.stringify(content ?? {}) })).json();
export const upload = async (path, file, name) =>
  (await answered(path, { method: "POST", body: file, headers: { "x-name": encodeURIComponent(name) } })).json();

export async function download(kind, content) {
  const answer = await answered(`export/${kind}`, { method: "POST", body: JSON.stringify(content) });
  const [, name] = answer.headers.get("content-disposition").match(/''(.*)$/);
  return { name: decodeURIComponent(name), blob: await answer.blob() };
}

export async function open(kept) {
  session = kept;
  if (session) {
    try {
      return { session, state: await get("state") };
    } catch (error) {
      if (error.status !== 410) throw error;
    }
  }
  session = (await post("session")).session;
  return { session, state: null };
}

// One wish is on its way at a time; meanwhile only the newest waits. One that is not answered is sent again.
export class Live {
  constructor(take, lost) {
    this.take = take;
    this.lost = lost;
    this.number = 0;
    this.waiting = null;
    this.out = 0;
    this.asked = new Map();
    this.ready = false;
    this.#connect();
  }

  #connect() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const folder = location.pathname.replace(/[^/]*$/, "");
    this.socket = new WebSocket(`${scheme}://${location.host}${folder}live/${session}`);
    this.socket.binaryType = "arraybuffer";
    this.socket.onopen = () => {
      this.ready = true;
      this.#send();
    };
    this.socket.onmessage = (event) => this.#hear(event.data);
    this.socket.onclose = (event) => {
      this.ready = false;
      this.waiting ??= this.asked.get(this.out) ?? null;
      this.out = 0;
      if (event.code === 4410) this.lost(words.gone);
      else setTimeout(() => this.#connect(), 1000);
    };
  }

  ask(wish) {
    this.waiting = { ...wish, number: ++this.number, since: performance.now() };
    this.#send();
    return this.number;
  }

  #send() {
    if (!this.waiting || this.out || !this.ready) return;
    const wish = this.waiting;
    this.waiting = null;
    this.out = wish.number;
    this.asked.set(wish.number, wish);
    for (const number of this.asked.keys()) if (number < wish.number - 8) this.asked.delete(number);
    this.socket.send(JSON.stringify({ left: wish.left, right: wish.right, number: wish.number }));
  }

  #hear(data) {
    const length = new DataView(data).getUint32(0, true);
    const head = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, length)));
    // Sending forgets old wishes.
    const wish = this.asked.get(head.number);
    if (head.kind === "photo" || head.kind === "error") {
      this.out = 0;
      this.#send();
    }
    this.take(head, data.slice(4 + length), wish);
  }
}
