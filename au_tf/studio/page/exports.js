// Files to take along, and the command that makes the same.
import { download, post } from "./server.js";
import { words } from "./words.js";

const $ = (id) => document.getElementById(id);
const GROUPS = [
  ["picture", ["png", "jpg", "render", "original"]],
  ["mesh", ["glb", "animated-glb"]],
  ["film", ["mp4", "webm", "gif"]],
  ["data", ["csv", "coefficients"]],
];

export class Exports {
  constructor(content, busy, fail) {
    Object.assign(this, { content, busy, fail });
    for (const [group, kinds] of GROUPS) {
      const row = document.createElement("div");
      row.className = "kind";
      const name = document.createElement("span");
      name.textContent = words[group];
      const buttons = document.createElement("div");
      for (const kind of kinds) {
        const button = document.createElement("button");
        [button.textContent, button.title] = words.kinds[kind];
        button.className = "small";
        button.dataset.kind = kind;
        button.onclick = () => this.#take(kind, button);
        buttons.append(button);
      }
      row.append(name, buttons);
      $("kinds").append(row);
    }
    $("copy").onclick = async () => {
      await navigator.clipboard?.writeText($("command").textContent);
      $("copy").textContent = words.copied;
      setTimeout(() => ($("copy").textContent = words.copy), 1500);
    };
    $("mark").addEventListener("click", (event) => {
      if (event.target.checked) return this.tell();
      event.target.checked = true;
      $("sure").showModal();
    });
    $("mark-off").onclick = () => {
      $("mark").checked = false;
      $("sure").close();
      this.tell();
    };
  }

  #asked() {
    return { ...this.content(), mark: $("mark").checked };
  }

  async #take(kind, button) {
    button.disabled = true;
    const done = this.busy(words.making(words.kinds[kind][0]));
    try {
      const { name, blob } = await download(kind, this.#asked());
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 20000);
    } catch (error) {
      this.fail(error.message);
    } finally {
      done();
      button.disabled = false;
    }
  }

  // The newest command wins.
  tell() {
    clearTimeout(this.later);
    this.later = setTimeout(async () => {
      try {
        const { lines } = await post("commands", this.#asked());
        $("command").textContent = lines.join("\n");
      } catch (error) {
        $("command").textContent = "";
      }
    }, 400);
  }
}
