// Puts the parts of the page together.
import { Exports } from "./exports.js";
import { Face3d } from "./face3d.js";
import { Photo } from "./photo.js";
import { get, Live, open, post, upload } from "./server.js";
import { fill, Sliders } from "./sliders.js";
import { Store, UNITS } from "./store.js";
import { Timeline } from "./timeline.js";
import { words } from "./words.js";

const $ = (id) => document.getElementById(id);
const KEPT = "au_tf-studio";
const store = new Store();
let about, photo, face, sliders, timeline, files, live, session;
let state = null;

function dress() {
  for (const element of document.querySelectorAll("[data-words]")) element.textContent = words[element.dataset.words];
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", words[element.dataset.label]);
    if (element.tagName === "BUTTON") element.title = words[element.dataset.label];
  }
  for (const element of document.querySelectorAll("[data-title]")) element.title = words[element.dataset.title];
  document.body.dataset.drop = words.dropNow;
  for (const [key, what] of words.shortcuts) {
    const [term, told] = [document.createElement("dt"), document.createElement("dd")];
    term.textContent = key;
    told.textContent = what;
    $("shortcuts").append(term, told);
  }
  for (const input of document.querySelectorAll("input[type=range]")) fill(input);
}

function fail(line) {
  $("notice").textContent = line;
  $("notice").hidden = !line;
  clearTimeout(fail.later);
  if (line) fail.later = setTimeout(() => fail(""), 12000);
}

const waits = [];
function busy(line) {
  waits.push(line);
  const show = () => {
    $("busy").hidden = !waits.length;
    $("busy").textContent = waits.at(-1) ?? "";
    clearTimeout(busy.later);
    if (waits.at(-1) === words.fitting) busy.later = setTimeout(() => ($("busy").textContent = words.fittingLong), 6000);
  };
  show();
  return () => {
    waits.splice(waits.indexOf(line), 1);
    show();
  };
}

const told = (what, ms) => document.dispatchEvent(new CustomEvent("studio", { detail: { what, ms } }));

async function hear(head, content, wish) {
  if (head.kind === "photo" && state) {
    await photo.show(head.number, content);
    document.documentElement.dataset.shown = photo.shown;
    if (wish) told("photo", (face.waited = performance.now() - wish.since));
  } else if (head.kind === "mesh") face.correct(wish, content, head.step);
  else if (head.kind === "reading") {
    if (head.number === live.number) sliders.read(head.values);
    told("reading", 0);
  } else if (head.kind === "error") fail(head.error);
}

async function enter(next, fresh) {
  state = next;
  $("landing").hidden = true;
  for (const id of ["stage", "panel", "lower"]) $(id).hidden = false;
  await photo.load(state);
  sliders.face(state);
  sliders.read(null);
  photo.boxes([], 0);
  $("choice").value = state.choice;
  document.documentElement.dataset.ready = "photo";
  // Which tells of a wish as well.
  if (fresh) store.forget();
  else wish();
  files.tell();
  const notice = state.notice || (state.covered.length ? words.covered(state.covered.join(", ")) : "");
  if (notice) fail(notice);
  const done = busy(words.building);
  try {
    await face.load();
    document.documentElement.dataset.ready = "face";
    const faces = await get("faces");
    photo.boxes(faces, state.face, (number) => change("face", { face: number }));
  } catch (error) {
    fail(error.message);
  } finally {
    done();
  }
}

function wish() {
  if (!state) return;
  const number = live.ask(store.now);
  document.documentElement.dataset.asked = number;
  face.show(store.now, performance.now());
}

async function begin(work, line = words.fitting, fresh = true) {
  const done = busy(line);
  fail("");
  document.documentElement.dataset.ready = "";
  try {
    const next = await work();
    done();
    await enter(next, fresh);
  } catch (error) {
    done();
    document.documentElement.dataset.ready = state ? "face" : "";
    fail(error.message);
  }
}

const change = (path, content) => begin(() => post(path, content), words.refitting, false);

function take(file) {
  if (!file) return;
  const size = file.size / 1e6;
  if (size > about.megabytes) return fail(words.tooLarge(size.toFixed(0), about.megabytes));
  if (/\.(csv|tsv)$/i.test(file.name)) return state && timeline.load(file);
  begin(() => upload("photo", file, file.name || "photo.png"));
}

function random() {
  const values = new Array(UNITS).fill(0);
  const count = 2 + Math.floor(Math.random() * 3);
  const possible = values.map((_, k) => k).filter((k) => state.shown[k]);
  for (let n = 0; n < count; n++) values[possible[Math.floor(Math.random() * possible.length)]] = Math.round((1 + Math.random() * 4) * 2) / 2;
  store.set({ left: values, right: [...values] });
}

function remember() {
  sessionStorage.setItem(KEPT, JSON.stringify({ session, store: store.dump(), keys: timeline.keys }));
}

function wireSources() {
  const astronaut = () => begin(() => post("astronaut"));
  $("file").addEventListener("change", (event) => {
    take(event.target.files[0]);
    event.target.value = "";
  });
  $("astronaut").onclick = astronaut;
  $("camera").onclick = shoot;
  for (const [word, act] of [["open", () => $("file").click()], ["camera", shoot], ["astronaut", astronaut]]) {
    const button = document.createElement("button");
    button.textContent = words[word];
    if (word === "open") button.className = "strong";
    button.onclick = act;
    $("starts").append(button);
  }
  let inside = 0;
  addEventListener("dragenter", (event) => (event.preventDefault(), inside++, document.body.classList.add("dragging")));
  addEventListener("dragleave", () => --inside || document.body.classList.remove("dragging"));
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    inside = 0;
    document.body.classList.remove("dragging");
    take(event.dataTransfer.files[0]);
  });
  addEventListener("paste", (event) => take([...(event.clipboardData?.files ?? [])][0]));
}

async function shoot() {
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "user", width: 1280 } });
  } catch {
    return fail(words.noCamera);
  }
  $("video").srcObject = stream;
  $("shot").showModal();
  $("shot").addEventListener("close", () => stream.getTracks().forEach((track) => track.stop()), { once: true });
  $("shoot").onclick = async () => {
    const video = $("video");
    const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
    canvas.getContext("2d").drawImage(video, 0, 0);
    const blob = await canvas.convertToBlob({ type: "image/png" });
    $("shot").close();
    take(new File([blob], "camera.png"));
  };
}

function wirePanel() {
  const chip = (text, act) => {
    const button = document.createElement("button");
    button.textContent = text;
    button.onclick = act;
    $("combinations").append(button);
    return button;
  };
  chip(words.neutral, () => store.neutral()).className = "plain";
  chip(words.random, random).className = "plain";
  for (const { name, left, right } of about.combinations)
    chip(words.combinations[name] ?? name[0].toUpperCase() + name.slice(1), () => store.set({ left: [...left], right: [...right] }));
  $("undo").onclick = () => store.undo();
  $("redo").onclick = () => store.redo();
  $("apart").addEventListener("change", (event) => sliders.split(event.target.checked));
  for (const look of ["skin", "clay", "movement"]) {
    const button = document.createElement("button");
    button.textContent = words[look];
    button.dataset.look = look;
    button.onclick = () => paint(look);
    $("looks").append(button);
  }
  paint("skin");
  $("wires").addEventListener("change", (event) => face.wire(event.target.checked));
  $("light").addEventListener("input", (event) => face.light(Number(event.target.value)));
  $("front").onclick = () => face.front();
  const ramp = $("ramp").getContext("2d");
  $("ramp").width = about.colours.length;
  about.colours.forEach((rgb, k) => {
    ramp.fillStyle = `rgb(${rgb})`;
    ramp.fillRect(k, 0, 1, 1);
  });
  $("legend").lastElementChild.textContent = words.millimetres(about.limit_mm);
  if (about.choices.length > 1) {
    $("choice-label").hidden = false;
    about.choices.forEach((name, k) => $("choice").append(new Option(name, k)));
    $("choice").addEventListener("change", (event) => change("choice", { choice: Number(event.target.value) }));
  }
}

function paint(look) {
  for (const button of $("looks").children) button.setAttribute("aria-pressed", button.dataset.look === look);
  $("legend").hidden = look !== "movement";
  face.paint(look);
}

function wireTheme() {
  const dark = localStorage.getItem("theme") ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  const set = (theme) => document.documentElement.classList.toggle("dark", theme === "dark");
  set(dark);
  $("theme").onclick = () => {
    const theme = document.documentElement.classList.contains("dark") ? "light" : "dark";
    localStorage.setItem("theme", theme);
    set(theme);
  };
  $("help").onclick = () => $("keyboard").showModal();
  for (const button of document.querySelectorAll(".closing")) button.onclick = () => button.closest("dialog").close();
  $("notice").onclick = () => fail("");
}

function wireKeys() {
  addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]") || !state) return;
    const control = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    if (control && key === "z") event.shiftKey ? store.redo() : store.undo();
    else if (control && key === "y") store.redo();
    else if (control || event.altKey || /^(SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    else if (key === "b") photo.toggle();
    else if (key === "n") store.neutral();
    else if (key === "r") random();
    else if (key === "k") timeline.set();
    else if (key === " " && event.target.tagName !== "BUTTON" && event.target.type !== "checkbox") timeline.toggle();
    else return;
    event.preventDefault();
  });
}

async function start() {
  wireTheme();
  dress();
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  let opened;
  [about, opened] = await Promise.all([get("about"), open(kept?.session)]);
  session = opened.session;
  photo = new Photo();
  face = new Face3d($("scene"), about);
  face.drawn = (ms) => told("face", ms);
  sliders = new Sliders($("sliders"), about, store);
  live = new Live(hear, fail);
  const content = () => ({ left: store.now.left, right: store.now.right, keys: timeline.keys });
  files = new Exports(content, busy, fail);
  timeline = new Timeline(about, store, () => (files.tell(), remember()), fail);
  wirePanel();
  wireSources();
  wireKeys();
  store.listen((_, cause) => {
    wish();
    $("undo").disabled = !store.past.length;
    $("redo").disabled = !store.future.length;
    if (cause !== "play" && cause !== "move") remember();
    if (cause !== "play" && state) files.tell();
  });
  if (opened.state) {
    timeline.take(kept.keys);
    store.restore(kept.store);
    await enter(opened.state);
  } else if (about.beginning) await begin(() => post("beginning"));
  remember();
  document.documentElement.dataset.started = "yes";
}

start().catch((error) => fail(error.message));
