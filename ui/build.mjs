// Bundles the islands and styles of ui/src into the wheel's static folder: every file is named by its hash, and a
// manifest says which name stands for which source. Nothing is fetched and nothing refers to another host.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { WORKER, leaveOut } from "./leave-out.mjs";

const out = process.argv[2];
if (!out) throw new Error("Say where to: node build.mjs FOLDER");

await mkdir(out, { recursive: true });
for (const name of await readdir(out)) await rm(join(out, name), { recursive: true });

const how = {
  outdir: out,
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022", "chrome111", "firefox115", "safari16.4"],
  metafile: true,
  legalComments: "none",
  loader: { ".svg": "file" },
  logLevel: "warning",
};
const pages = await build({
  ...how,
  entryPoints: ["src/pages.ts", "src/pages.css", "src/outbox.ts", "src/worker.ts", "src/grid.css"],
});
// The map and its worker share what both of them need, so that it comes over the wire once.
const map = await build({
  ...how,
  entryPoints: [{ in: "src/map.ts", out: "map" }, { in: WORKER, out: "map-worker" }],
  splitting: true,
  plugins: [leaveOut],
  // MapLibre's sources declare fields that a parent's constructor has filled already.
  tsconfigRaw: { compilerOptions: { useDefineForClassFields: false, target: "es2022", verbatimModuleSyntax: true } },
});

const manifest = {};
const used = new Set(["htmx.org"]);
for (const { metafile } of [pages, map]) {
  for (const [path, { entryPoint }] of Object.entries(metafile.outputs)) {
    manifest[entryPoint === WORKER ? "map-worker.ts" : basename(entryPoint ?? path)] = basename(path);
  }
  for (const path of Object.keys(metafile.inputs)) {
    const found = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path);
    if (found) used.add(found[1]);
  }
}
for (const name of ["icon", "grid", "grid-maskable"]) {
  const icon = await readFile(`src/${name}.svg`);
  manifest[`${name}.svg`] = `${name}-${hash(icon)}.svg`;
  await copyFile(`src/${name}.svg`, join(out, manifest[`${name}.svg`]));
}
const terms = await licences([...used].sort());
manifest["licences.txt"] = `licences-${hash(terms)}.txt`;
await writeFile(join(out, manifest["licences.txt"]), terms);
await writeFile(join(out, "manifest.json"), JSON.stringify(manifest, null, 1) + "\n");

function hash(content) {
  return createHash("sha256").update(content).digest("hex").slice(0, 8);
}

// What others have written and these files hold a part of, with the terms they give it under.
async function licences(names) {
  const told = [];
  for (const name of names) {
    const folder = join("node_modules", name);
    const { version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    const file = (await readdir(folder)).find((each) => /^licen[cs]e/i.test(each));
    const terms = file ? (await readFile(join(folder, file), "utf8")).trim() : "";
    told.push(`${name} ${version} (${license ?? "see below"})\n\n${terms}\n`);
  }
  return told.join(`\n${"-".repeat(80)}\n\n`);
}
