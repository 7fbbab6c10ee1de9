/** What the npm package says of itself. Pure. */

/** Its name. */
export const PACKAGE = "trainable-front-ends";

/** Ways in -> script and types below `dist`. */
const ENTRIES = {
  ".": "spotter",
  "./element": "element",
  "./layers": "layers",
  "./train": "train",
} as const;

/** TensorFlow.js is its user's own: two copies of it would not know each other's tensors. */
const PEERS = ["@tensorflow/tfjs", "@tensorflow/tfjs-backend-wasm", "@tensorflow/tfjs-backend-webgpu"];

/** `package.json`. */
export function manifestOf(version: string) {
  return {
    name: PACKAGE,
    version,
    description:
      "Trainable spectrogram front-ends and keyword spotting that listens in browsers, Node and Deno",
    keywords: [
      "keyword spotting",
      "wake word",
      "spectrogram",
      "tensorflow.js",
      "web component",
      "webassembly",
    ],
    license: "MIT",
    type: "module",
    engines: { node: ">=20.16" },
    exports: {
      ...Object.fromEntries(
        Object.entries(ENTRIES).map(([path, name]) => [
          path,
          { types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` },
        ]),
      ),
      // Bundlers copy and pages name them as they are.
      "./dist/*": "./dist/*",
      "./package.json": "./package.json",
    },
    sideEffects: ["./dist/element.js"],
    files: ["dist", "README.md", "LICENSE", "NOTICES.md"],
    peerDependencies: Object.fromEntries(PEERS.map((name) => [name, "^4.22.0"])),
    // Who only listens does without, but for a few kinds of front-ends.
    peerDependenciesMeta: Object.fromEntries(PEERS.map((name) => [name, { optional: true }])),
  };
}
