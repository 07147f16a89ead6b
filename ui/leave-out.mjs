// MapLibre is bundled from its own sources, without the parts that our maps never use: a part left out keeps its
// names, answers "no" where it is asked whether something is of its sort, draws nothing, and says so where it is made
// after all.
import { readFile } from "node:fs/promises";

const SOURCES = "node_modules/maplibre-gl/src";
export const WORKER = `${SOURCES}/source/worker.ts`;
const KEPT = `
export { Map } from "./ui/map.ts";
import { config } from "./util/config.ts";
export function setWorkerUrl(url) { config.WORKER_URL = url; }
`;
const PARTS = [
  "source/(canvas|image|video|raster_tile|raster_dem_tile|raster_dem_tile_worker)_source",
  "source/vector_tile_mlt",
  "style/style_layer/(color_relief|fill_extrusion|heatmap|hillshade|raster)_style_layer(_properties.g)?",
  "webgl/draw/draw_(color_relief|fill_extrusion|heatmap|hillshade|raster|sky|terrain|debug|collision_debug|custom)",
  "webgl/program/(atmosphere|color_relief|debug|fill_extrusion|heatmap|hillshade|raster|sky)_program",
  "webgl/render_to_texture",
  "render/terrain",
  "tile/terrain_tile_manager",
  "data/bucket/(fill_extrusion|heatmap)_bucket",
  "geo/projection/(globe|vertical_perspective)_(projection|transform|camera_helper)",
  "ui/control/(attribution|logo)_control",
  "shaders/glsl/(_projection_globe|atmosphere|collision_|color_relief|debug|depth|fill_extrusion|heatmap|hillshade|raster|sky|terrain).*",
];
const UNUSED = new RegExp(`maplibre-gl/src/(${PARTS.join("|")})\\.ts$`);
// Our styles are held right by their types and by tests in a browser, so nothing judges them once more over the wire.
const JUDGES = /maplibre-gl\/src\/style\/validate_style\.ts$/;
const NO_JUDGE = `
export const validateStyle = () => [];
export const SPEC_SOURCE_TYPES = new Set();
export const validateStyleAndEmit = () => false;
export const emitValidationErrors = () => false;
export const validateAndEmit = () => false;
`;
const LISTED = /^export \{([^}]*)\}/gm;
const NAMES = /^export (?:abstract )?(?:async )?(class|function|const|let) (\w+)/gm;
const does = (name) => (name.startsWith("is") ? "return false" : name.startsWith("draw") ? "" : says(name));
const says = (name) => `throw new Error("${name} is left out of the map; see ui/leave-out.mjs.")`;

export const leaveOut = {
  name: "leave-out",
  setup(build) {
    build.onResolve({ filter: /^maplibre-gl$/ }, () => ({ path: "maplibre-gl", namespace: "kept" }));
    build.onLoad({ filter: /.*/, namespace: "kept" }, () => ({ contents: KEPT, resolveDir: SOURCES, loader: "js" }));
    build.onLoad({ filter: JUDGES }, () => ({ contents: NO_JUDGE, loader: "js" }));
    build.onLoad({ filter: UNUSED }, async ({ path }) => ({ contents: stub(await readFile(path, "utf8")), loader: "js" }));
  },
};

function stub(source) {
  const kept = [...source.matchAll(NAMES)].map(([, sort, name]) => {
    if (sort === "class") return `export class ${name} { constructor() { ${says(name)} } }`;
    if (sort === "function") return `export function ${name}() { ${does(name)} }`;
    return `export const ${name} = () => { ${does(name)} };`;
  });
  for (const [, names] of source.matchAll(LISTED)) {
    for (const each of names.split(",").map((part) => part.trim()).filter((part) => part && !part.startsWith("type "))) {
      const name = each.split(" as ").pop();
      kept.push(`export const ${name} = () => { ${does(name)} };`);
    }
  }
  if (/^export default/m.test(source)) kept.push('export default "";');
  return kept.join("\n");
}
