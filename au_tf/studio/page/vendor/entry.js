// What of three.js the studio uses; `npm install three@0.187.0 esbuild@0.28.2`, then
// `npx esbuild entry.js --bundle --format=esm --minify --legal-comments=inline --outfile=three.js` makes three.js of it.
export { AmbientLight, BufferAttribute, BufferGeometry, Color, DirectionalLight, Group, HemisphereLight, Mesh, MeshBasicMaterial, MeshLambertMaterial, MeshStandardMaterial, PerspectiveCamera, Scene, SRGBColorSpace, WebGLRenderer, Box3, Vector3 } from "three";
export { OrbitControls } from "three/addons/controls/OrbitControls.js";
export { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";
