// The 3D face: blend shapes are mixed here, so that it answers at once; the exact mesh follows with the photo.
import {
  BufferAttribute, DirectionalLight, DoubleSide, GLTFLoader, HemisphereLight, Mesh, MeshBasicMaterial, MeshLambertMaterial,
  OrbitControls, PerspectiveCamera, Scene, Vector3, WebGLRenderer,
} from "./vendor/three.js";
import { bytes } from "./server.js";
import { words } from "./words.js";

const SEAM = 0.006; // metres beside the middle of the face, over which left goes over into right
const STILL_MS = 260;
const QUICK_SIDE = 256; // pixels a side of what a processor draws while it moves
const CELLS = 150; // of the texture's side, whose vertices count as one there
const NEAR = 0.012; // metres
const REACH = 2; // intensity by which sliders may differ for the last exact mesh to be of use

export class Face3d {
  constructor(place, about) {
    this.place = place;
    this.limit = about.limit_mm / 1000;
    this.colours = about.colours.map((rgb) => rgb.map((level) => (level / 255) ** 2.2));
    this.look = "skin";
    this.wish = { left: new Array(12).fill(0), right: new Array(12).fill(0) };
    this.drawn = () => {};
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
    this.sky = new HemisphereLight(0xffffff, 0x9a8f88, 1.9);
    this.sun = new DirectionalLight(0xffffff, 2.4);
    this.scene.add(this.sky, this.sun);
    this.controls = new OrbitControls(this.camera, this.renderer.domElement);
    this.controls.enablePan = false;
    this.controls.addEventListener("change", () => this.draw());
    place.addEventListener("keydown", (event) => this.#turn(event));
    new ResizeObserver(() => this.draw()).observe(place);
    this.light(-30);
  }

  async load() {
    if (!this.renderer) return;
    const content = await (await bytes("face.glb")).arrayBuffer();
    const { scene } = await new GLTFLoader().parseAsync(content, "");
    let found;
    scene.traverse((node) => (found = node.isMesh ? node : found));
    this.#take(found.geometry, found.material.map);
    this.front();
  }

  #take(geometry, map) {
    if (this.mesh) {
      this.scene.remove(this.mesh, this.mesh.children[0]);
      this.mesh.geometry.dispose();
      this.mesh.material.map?.dispose();
    }
    const { position, normal, uv } = geometry.attributes;
    this.rest = { position: position.array.slice(), normal: normal.array.slice() };
    this.shapes = geometry.morphAttributes.position.map((moved, k) =>
      sparse(moved.array, geometry.morphAttributes.normal[k].array),
    );
    geometry.morphAttributes = {};
    // The share of the person's left.
    this.share = Float32Array.from({ length: position.count }, (_, i) => {
      const t = Math.min(1, Math.max(0, position.array[3 * i] / (2 * SEAM) + 0.5));
      return t * t * (3 - 2 * t);
    });
    geometry.setAttribute("color", new BufferAttribute(new Float32Array(position.array.length), 3));
    this.index = geometry.index;
    this.coarse = this.software ? new BufferAttribute(coarser(geometry.index.array, uv.array, position.array), 1) : this.index;
    this.exact = null;
    map.anisotropy = 4;
    this.materials = {
      // From within, so that open lips do not let through what is behind the head.
      skin: new MeshLambertMaterial({ map, side: DoubleSide }),
      clay: new MeshLambertMaterial({ color: 0xcfc6bb, side: DoubleSide }),
      movement: new MeshLambertMaterial({ vertexColors: true, side: DoubleSide }),
    };
    this.mesh = new Mesh(geometry, this.materials[this.look]);
    this.mesh.frustumCulled = false;
    this.wires = new Mesh(geometry, new MeshBasicMaterial({ wireframe: true, color: 0x000000, transparent: true, opacity: 0.28 }));
    this.wires.visible = document.getElementById("wires").checked;
    this.wires.frustumCulled = false;
    this.mesh.add(this.wires);
    this.scene.add(this.mesh);
    geometry.computeBoundingBox();
    this.box = geometry.boundingBox.clone();
    this.#morph();
  }

  show(wish, since) {
    this.wish = { left: [...wish.left], right: [...wish.right] };
    this.since ??= since;
    this.stale = true;
    this.draw();
  }

  // Where the server puts each vertex for some wish: what the blend shapes lack of it is kept.
  correct(wish, content, step) {
    if (!this.mesh || !wish || content.byteLength !== 2 * this.rest.position.length) return;
    const exact = new Int16Array(content);
    const mixed = this.#mixed(wish, "position");
    const lack = new Float32Array(exact.length);
    for (let i = 0; i < lack.length; i++) lack[i] = exact[i] * step * 1e-3 - (mixed[i] - this.rest.position[i]);
    this.exact = { wish: { left: [...wish.left], right: [...wish.right] }, lack };
    this.stale = true;
    this.draw();
  }

  #mixed(wish, what, out = this.rest[what].slice()) {
    this.shapes.forEach((shape, k) => {
      const [left, right] = [wish.left[k] / 5, wish.right[k] / 5];
      if (!left && !right) return;
      const values = shape[what];
      shape.rows.forEach((row, n) => {
        const weight = left === right ? left : right + (left - right) * this.share[row];
        for (let axis = 0; axis < 3; axis++) out[3 * row + axis] += weight * values[3 * n + axis];
      });
    });
    return out;
  }

  #morph() {
    this.stale = false;
    const { position, normal, color } = this.mesh.geometry.attributes;
    position.array.set(this.rest.position);
    normal.array.set(this.rest.normal);
    this.#mixed(this.wish, "position", position.array);
    this.#mixed(this.wish, "normal", normal.array);
    if (this.exact) {
      const away = Math.max(
        ...["left", "right"].flatMap((side) => this.wish[side].map((v, k) => Math.abs(v - this.exact.wish[side][k]))),
      );
      const share = Math.max(0, 1 - away / REACH);
      if (share) for (let i = 0; i < position.array.length; i++) position.array[i] += share * this.exact.lack[i];
    }
    if (this.look === "movement") {
      const [at, from, last] = [position.array, this.rest.position, this.colours.length - 1];
      for (let i = 0; i < at.length; i += 3) {
        const moved = Math.hypot(at[i] - from[i], at[i + 1] - from[i + 1], at[i + 2] - from[i + 2]);
        color.array.set(this.colours[Math.min(last, Math.round((moved / this.limit) * last))], i);
      }
      color.needsUpdate = true;
    }
    position.needsUpdate = normal.needsUpdate = true;
  }

  draw() {
    if (!this.mesh || this.queued) return;
    this.queued = true;
    // A processor that draws needs time for the photo, too.
    const pause = this.software ? Math.max(0, (this.last ?? 0) + (this.took ?? 0) - performance.now()) : 0;
    if (pause) setTimeout(() => requestAnimationFrame(() => this.#frame(true)), pause);
    else requestAnimationFrame(() => this.#frame(true));
    clearTimeout(this.later);
    if (this.software) this.later = setTimeout(() => requestAnimationFrame(() => this.#frame(false)), STILL_MS);
  }

  #frame(moving) {
    this.queued = false;
    const begin = performance.now();
    if (this.stale) this.#morph();
    const { clientWidth: width, clientHeight: height } = this.place;
    if (!width || !height) return;
    const quick = moving && this.software;
    const ratio = quick ? QUICK_SIDE / Math.max(width, height) : this.software ? 1 : Math.min(2, devicePixelRatio);
    const size = `${width} ${height} ${ratio}`;
    if (this.size !== size) {
      this.size = size;
      this.renderer.setPixelRatio(ratio);
      this.renderer.setSize(width, height, false);
      this.camera.aspect = width / height;
      this.camera.updateProjectionMatrix();
    }
    this.mesh.geometry.setIndex(quick ? this.coarse : this.index);
    this.renderer.render(this.scene, this.camera);
    if (this.software) {
      // Waits until it is drawn: who asks for more meanwhile makes all of it late.
      const gl = this.renderer.getContext();
      gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
    }
    this.last = performance.now();
    this.took = this.last - begin;
    if (this.since !== undefined) this.drawn(this.last - this.since);
    this.since = undefined;
  }

  paint(look) {
    this.look = look;
    if (!this.mesh) return;
    this.mesh.material = this.materials[look];
    this.stale = true;
    this.draw();
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
    this.draw();
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

// Fewer triangles over the same vertices: those that are near in the texture and on the face become one. Lips that touch
// lie apart in the texture, and what is beside each other there may be nostril and cheek.
function coarser(index, uv, position) {
  const first = new Map();
  const stands = Uint32Array.from({ length: uv.length / 2 }, (_, i) => {
    const near = [0, 1, 2].map((axis) => Math.floor(position[3 * i + axis] / NEAR));
    const cell = [Math.floor(uv[2 * i] * CELLS), Math.floor(uv[2 * i + 1] * CELLS), ...near].join();
    if (!first.has(cell)) first.set(cell, i);
    return first.get(cell);
  });
  const kept = [];
  for (let i = 0; i < index.length; i += 3) {
    const [a, b, c] = [stands[index[i]], stands[index[i + 1]], stands[index[i + 2]]];
    if (a !== b && b !== c && a !== c) kept.push(a, b, c);
  }
  return Uint32Array.from(kept);
}
