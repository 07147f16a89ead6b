// Bundles the islands and styles of ui/src into the wheel's static folder: every file is named by its hash, and a
// manifest says which name stands for which source. Nothing is fetched and nothing refers to another host.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";

const out = process.argv[2];
if (!out) throw new Error("Say where to: node build.mjs FOLDER");

await mkdir(out, { recursive: true });
for (const name of await readdir(out)) await rm(join(out, name), { recursive: true });

const result = await build({
  entryPoints: ["src/pages.ts", "src/pages.css", "src/outbox.ts", "src/worker.ts", "src/grid.css"],
  outdir: out,
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022", "chrome111", "firefox115", "safari16.4"],
  metafile: true,
  legalComments: "none",
  loader: { ".svg": "file" },
  logLevel: "warning",
});

const manifest = {};
for (const [path, { entryPoint }] of Object.entries(result.metafile.outputs)) {
  if (entryPoint) manifest[basename(entryPoint)] = basename(path);
}
for (const name of ["icon", "grid", "grid-maskable"]) {
  const icon = await readFile(`src/${name}.svg`);
  manifest[`${name}.svg`] = `${name}-${createHash("sha256").update(icon).digest("hex").slice(0, 8)}.svg`;
  await copyFile(`src/${name}.svg`, join(out, manifest[`${name}.svg`]));
}
await writeFile(join(out, "manifest.json"), JSON.stringify(manifest, null, 1) + "\n");
