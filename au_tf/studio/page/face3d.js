// The 3D face: blend shapes are mixed here, so that it answers at once; the exact mesh follows with the photo.
import {
  BufferAttribute, DirectionalLight, DoubleSide, GLTFLoader, HemisphereLight, Mesh, MeshBasicMaterial, MeshLambertMaterial,
  OrbitControls, PerspectiveCamera, Scene, Vector3, WebGLRenderer,
} from "./vendor/three.js";
import { bytes } from "./server.js";
import { words } from "./words.js";

const SEAM = 0.006; // metres beside the middle of the face, over which left goes over into right
const WAIT_MS = 120; // for the photo, up to which the 3D face takes half of the time
const MOST_PAUSE = 5; // times as long as drawing takes
const STILL_MS = 260;
const SKY = 1.9;
const SUN = 2.4;
const ABOVE = [1, 1, 1];
const BELOW = [0.324, 0.275, 0.247]; // linear, of what shines from below
const CLAY = 0xcfc6bb;
const QUICK_SIDE = 208; // pixels a side of what a processor draws while it moves
const REACH = 2; // intensity by which sliders may differ for the last exact mesh to be of use

export class Face3d {
  constructor(place, about) {
    this.place = place;
    this.limit = about.limit_mm / 1000;
    this.colours = about.colours.map((rgb) => rgb.map((level) => (level / 255) ** 2.2));
    this.look = "skin";
    this.wish = { left: new Array(12).fill(0), right: new Array(12).fill(0) };
    this.drawn = () => {};
    this.last = this.took = this.waited = 0;
    try {
      this.renderer = new WebGLRenderer({ antialias: true, alpha: true });
    } catch {
      document.getElementById("no-face").textContent = words.noWebgl;
      return;
    }
    const gl = this.renderer.getContext();
    const about_gl = gl.getExtension("WEBGL_debug_renderer_info");
    const name = about_gl ? gl.getParameter(about_gl.UNMASKED_RENDERER_WEBGL) : "";
    this.software = /swiftshader|llvmpipe|software|basic render/i.test(name);
    if (this.software) {
      this.renderer.dispose();
      this.renderer = new WebGLRenderer({ antialias: false, alpha: true });
    }
    place.append(this.renderer.domElement);
    this.scene = new Scene();
    this.camera = new PerspectiveCamera(24, 1, 0.05, 5);
    this.sky = new HemisphereLight(0xffffff, 0xffffff, SKY);
    this.sky.color.setRGB(...ABOVE);
    this.sky.groundColor.setRGB(...BELOW);
    this.sun = new DirectionalLight(0xffffff, SUN);
    this.scene.add(this.sky, this.sun);
    this.controls = new OrbitControls(this.camera, this.renderer.domElement);
    this.controls.enablePan = false;
    this.controls.addEventListener("change", () => this.draw());
    place.addEventListener("keydown", (event) => this.#turn(event));
    // Asked for in a frame, it makes the page lay itself out first.
    new ResizeObserver(([{ contentRect }]) => {
      [this.width, this.height] = [contentRect.width, contentRect.height].map(Math.round);
      this.draw();
    }).observe(place);
    this.light(-30);
  }

  async load() {
    if (!this.renderer) return;
    const numbers = async (path) => (await bytes(path)).arrayBuffer();
    const [content, coarse] = await Promise.all([numbers("face.glb"), this.software ? numbers("coarse") : null]);
    const { scene } = await new GLTFLoader().parseAsync(content, "");
    let found;
    scene.traverse((node) => (found = node.isMesh ? node : found));
    this.#take(found.geometry, found.material.map, coarse && new Uint32Array(coarse));
    this.front();
  }

  #take(geometry, map, coarse) {
    if (this.mesh) {
      this.scene.remove(this.mesh);
      this.levels.forEach((level) => level.geometry.dispose());
      this.mesh.material.map?.dispose();
    }
    this.whole = new Level(geometry);
    this.quick = coarse ? new Level(geometry, coarse) : this.whole;
    this.levels = [this.whole, this.quick];
    this.exact = null;
    map.anisotropy = this.software ? 1 : 4;
    // From within, so that open lips do not let through what is behind the head.
    this.materials = {
      skin: new MeshLambertMaterial({ map, side: DoubleSide }),
      clay: new MeshLambertMaterial({ color: CLAY, side: DoubleSide }),
      movement: new MeshLambertMaterial({ vertexColors: true, side: DoubleSide }),
    };
    // What a processor draws while it moves is lit here, once a vertex.
    this.lit = {
      skin: new MeshBasicMaterial({ map, vertexColors: true, side: DoubleSide }),
      clay: new MeshBasicMaterial({ color: CLAY, vertexColors: true, side: DoubleSide }),
      movement: new MeshBasicMaterial({ vertexColors: true, side: DoubleSide }),
    };
    this.mesh = new Mesh(this.whole.geometry, this.materials[this.look]);
    this.mesh.frustumCulled = false;
    const line = new MeshBasicMaterial({ wireframe: true, color: 0x000000, transparent: true, opacity: 0.28 });
    this.wires = new Mesh(this.whole.geometry, line);
    this.wires.visible = document.getElementById("wires").checked;
    this.wires.frustumCulled = false;
    this.mesh.add(this.wires);
    this.scene.add(this.mesh);
    this.whole.geometry.computeBoundingBox();
    this.box = this.whole.geometry.boundingBox.clone();
    this.#changed();
  }

  #changed() {
    this.levels?.forEach((level) => (level.stale = true));
    this.draw();
  }

  show(wish, since) {
    this.wish = { left: [...wish.left], right: [...wish.right] };
    this.since ??= since;
    this.#changed();
  }

  // Where the server puts each vertex for some wish: what the blend shapes lack of it is kept.
  correct(wish, content, step) {
    if (!this.mesh || !wish || content.byteLength !== 2 * this.whole.rest.position.length) return;
    const exact = new Int16Array(content);
    const mixed = this.whole.mixed(wish, "position");
    const lack = new Float32Array(exact.length);
    for (let i = 0; i < lack.length; i++) lack[i] = exact[i] * step * 1e-3 - (mixed[i] - this.whole.rest.position[i]);
    this.exact = { left: [...wish.left], right: [...wish.right] };
    this.levels.forEach((level) => (level.lack = level.pick(lack, 3)));
    this.#changed();
  }

  #morph(level) {
    level.stale = false;
    const { position, normal, color } = level.geometry.attributes;
    level.mixed(this.wish, "position", position.array);
    level.mixed(this.wish, "normal", normal.array);
    if (this.exact) {
      const away = Math.max(
        ...["left", "right"].flatMap((side) => this.wish[side].map((v, k) => Math.abs(v - this.exact[side][k]))),
      );
      const share = Math.max(0, 1 - away / REACH);
      if (share) for (let i = 0; i < position.array.length; i++) position.array[i] += share * level.lack[i];
    }
    const lit = this.software && level === this.quick;
    if (lit || this.look === "movement") {
      color.array.fill(1);
      if (this.look === "movement") level.paint(this.colours, this.limit);
      if (lit) level.light(this.sun.position);
      color.needsUpdate = true;
    }
    position.needsUpdate = normal.needsUpdate = true;
  }

  draw() {
    if (!this.mesh || this.queued) return;
    this.queued = true;
    // A processor that draws needs time for the photo, too, and more if that is waited for.
    const share = Math.min(MOST_PAUSE, Math.max(1, this.waited / WAIT_MS));
    const pause = this.software ? Math.max(0, this.last + share * this.took - performance.now()) : 0;
    if (pause) setTimeout(() => requestAnimationFrame(() => this.#frame(true)), pause);
    else requestAnimationFrame(() => this.#frame(true));
    clearTimeout(this.later);
  }

  #frame(moving) {
    this.queued = false;
    const begin = performance.now();
    const { width, height } = this;
    if (!width || !height) return;
    const quick = moving && this.software;
    const level = quick ? this.quick : this.whole;
    if (level.stale) this.#morph(level);
    const ratio = this.software ? 1 : Math.min(2, devicePixelRatio);
    const size = `${width} ${height} ${ratio}`;
    if (this.size !== size) {
      this.size = size;
      this.renderer.setPixelRatio(ratio);
      this.renderer.setSize(width, height, false);
      this.camera.aspect = width / height;
      this.camera.updateProjectionMatrix();
    }
    // A corner of the canvas, drawn out over all of it: another size of the canvas takes 20 ms.
    const share = quick ? Math.min(1, QUICK_SIDE / Math.max(width, height)) : 1;
    this.renderer.setViewport(0, 0, width * share, height * share);
    this.renderer.domElement.style.transform = share < 1 ? `scale(${1 / share})` : "";
    this.mesh.geometry = this.wires.geometry = level.geometry;
    this.mesh.material = (quick ? this.lit : this.materials)[this.look];
    this.renderer.render(this.scene, this.camera);
    if (this.software) {
      // Waits until it is drawn: who asks for more meanwhile makes all of it late.
      const gl = this.renderer.getContext();
      gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
    }
    this.last = performance.now();
    this.took = this.last - begin;
    // Only when nothing waits to be drawn, or a coarse face would come after the fine one and stay.
    if (quick) this.later = setTimeout(() => requestAnimationFrame(() => this.queued || this.#frame(false)), STILL_MS);
    if (this.since !== undefined) this.drawn(this.last - this.since);
    this.since = undefined;
  }

  paint(look) {
    this.look = look;
    this.#changed();
  }

  wire(visible) {
    if (!this.mesh) return;
    this.wires.visible = visible;
    this.draw();
  }

  light(degrees) {
    if (!this.sun) return;
    const angle = (degrees * Math.PI) / 180;
    this.sun.position.set(Math.sin(angle), 0.55, Math.cos(angle));
    this.#changed();
  }

  front() {
    if (!this.mesh) return;
    const middle = this.box.getCenter(new Vector3());
    const size = this.box.getSize(new Vector3());
    this.controls.target.copy(middle);
    this.camera.position.set(middle.x, middle.y, this.box.max.z + size.y * 2.1);
    this.controls.minDistance = size.y * 0.8;
    this.controls.maxDistance = size.y * 5;
    this.controls.update();
    this.draw();
  }

  #turn(event) {
    const turns = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const zooms = { "+": 0.9, "=": 0.9, "-": 1.1 };
    const offset = this.camera?.position.clone().sub(this.controls.target);
    if (!offset || !(event.key in turns || event.key in zooms)) return;
    event.preventDefault();
    if (event.key in zooms) offset.multiplyScalar(zooms[event.key]);
    else {
      const [across, along] = turns[event.key];
      offset.applyAxisAngle(new Vector3(0, 1, 0), across * 0.12);
      const side = new Vector3(0, 1, 0).cross(offset).normalize();
      offset.applyAxisAngle(side, along * 0.12);
    }
    this.camera.position.copy(this.controls.target).add(offset);
    this.controls.update();
    this.draw();
  }
}

// The vertices that a blend shape moves, and how.
function sparse(position, normal) {
  const rows = [];
  for (let i = 0; i < position.length; i += 3)
    if (Math.abs(position[i]) + Math.abs(position[i + 1]) + Math.abs(position[i + 2]) > 2e-6) rows.push(i / 3);
  const pick = (from) => Float32Array.from({ length: 3 * rows.length }, (_, i) => from[3 * rows[(i / 3) | 0] + (i % 3)]);
  return { rows: Uint32Array.from(rows), position: pick(position), normal: pick(normal) };
}

// A mesh with what moves it: all of it, or of some triangles alone.
class Level {
  constructor(geometry, triangles = null) {
    const { position, normal, uv } = geometry.attributes;
    this.rows = triangles && Uint32Array.from(new Set(triangles)).sort();
    this.rest = { position: this.pick(position.array, 3), normal: this.pick(normal.array, 3) };
    const moves = geometry.morphAttributes;
    this.shapes = moves.position.map((moved, k) => sparse(this.pick(moved.array, 3), this.pick(moves.normal[k].array, 3)));
    // The share of the person's left.
    this.share = Float32Array.from({ length: this.rest.position.length / 3 }, (_, i) => {
      const t = Math.min(1, Math.max(0, this.rest.position[3 * i] / (2 * SEAM) + 0.5));
      return t * t * (3 - 2 * t);
    });
    this.geometry = new geometry.constructor();
    const keep = (name, values, width) => this.geometry.setAttribute(name, new BufferAttribute(values, width));
    keep("position", this.rest.position.slice(), 3);
    keep("normal", this.rest.normal.slice(), 3);
    keep("uv", this.pick(uv.array, 2), 2);
    keep("color", new Float32Array(this.rest.position.length), 3);
    const number = new Uint32Array(position.count);
    this.rows?.forEach((row, k) => (number[row] = k));
    this.geometry.setIndex(triangles ? new BufferAttribute(triangles.map((row) => number[row]), 1) : geometry.index);
  }

  // Of values for all vertices those of its own.
  pick(values, width) {
    if (!this.rows) return values;
    const own = new Float32Array(width * this.rows.length);
    for (let k = 0; k < this.rows.length; k++)
      for (let n = 0; n < width; n++) own[width * k + n] = values[width * this.rows[k] + n];
    return own;
  }

  mixed(wish, what, out = new Float32Array(this.rest[what].length)) {
    out.set(this.rest[what]);
    this.shapes.forEach((shape, k) => {
      const [left, right] = [wish.left[k] / 5, wish.right[k] / 5];
      if (!left && !right) return;
      const [rows, values] = [shape.rows, shape[what]];
      for (let n = 0; n < rows.length; n++) {
        const row = rows[n];
        const weight = left === right ? left : right + (left - right) * this.share[row];
        for (let axis = 0; axis < 3; axis++) out[3 * row + axis] += weight * values[3 * n + axis];
      }
    });
    return out;
  }

  paint(colours, limit) {
    const { position, color } = this.geometry.attributes;
    const [at, from, last] = [position.array, this.rest.position, colours.length - 1];
    for (let i = 0; i < at.length; i += 3) {
      const moved = Math.hypot(at[i] - from[i], at[i + 1] - from[i + 1], at[i + 2] - from[i + 2]);
      color.array.set(colours[Math.min(last, Math.round((moved / limit) * last))], i);
    }
  }

  // As three's Lambert material does, in the space of the face, where the lights stand.
  light(sun) {
    const { normal, color } = this.geometry.attributes;
    const [values, out] = [normal.array, color.array];
    const length = sun.length();
    const [sx, sy, sz] = [sun.x / length, sun.y / length, sun.z / length];
    for (let i = 0; i < values.length; i += 3) {
      const [x, y, z] = [values[i], values[i + 1], values[i + 2]];
      const size = Math.hypot(x, y, z) || 1;
      const direct = (SUN * Math.max(0, x * sx + y * sy + z * sz)) / size;
      const up = 0.5 + (0.5 * y) / size;
      for (let c = 0; c < 3; c++) out[i + c] *= (SKY * (BELOW[c] + up * (ABOVE[c] - BELOW[c])) + direct) / Math.PI;
    }
  }
}
