// What of three.js the studio uses; `npm install three@0.187.0 esbuild@0.28.2`, then
// `npx esbuild entry.js --bundle --format=esm --minify --legal-comments=inline --outfile=three.js` makes three.js of it.
export { BufferAttribute, DirectionalLight, DoubleSide, HemisphereLight, Mesh, MeshBasicMaterial, MeshLambertMaterial, PerspectiveCamera, Scene, WebGLRenderer, Vector3 } from "three";
export { OrbitControls } from "three/addons/controls/OrbitControls.js";
export { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";
