// Bundles static/src into static/dist with content hashes in the names, and writes static/dist/manifest.json
// ({"main.css": "main-HASH.css", …}), which citizen_portal/templating.py reads. Fonts are copied beside the bundle:
// no page fetches anything from another host. The icons of the installed page are drawn from src/icon.svg. New files lie there before the manifest names them, and old ones go last.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");
const entries = ["main.css", "main.js", "service-worker.js", "round.js", "round-worker.js"];
const iconSizes = [192, 512];

const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: entries.map((name) => `src/${name}`),
  outdir: "dist",
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  bundle: true,
  minify: true,
  format: "esm",
  legalComments: "none",
  loader: { ".woff2": "file" },
  metafile: true,
  target: ["chrome111", "edge111", "firefox115", "safari16.4"],
});

const manifest = {};
for (const [path, output] of Object.entries(metafile.outputs)) {
  if (output.entryPoint) manifest[basename(output.entryPoint)] = basename(path);
}
for (const size of iconSizes) {
  const picture = execFileSync("python", [join(here, "icon.py"), join(here, "src/icon.svg"), String(size)]);
  const hash = createHash("sha256").update(picture).digest("hex").slice(0, 8).toUpperCase();
  manifest[`icon-${size}.png`] = `icon-${size}-${hash}.png`;
  await writeFile(join(dist, manifest[`icon-${size}.png`]), picture);
}
await writeFile(join(dist, "manifest.new"), JSON.stringify(manifest, null, 2) + "\n");
await rename(join(dist, "manifest.new"), join(dist, "manifest.json"));

const current = new Set(["manifest.json", ...Object.values(manifest), ...Object.keys(metafile.outputs).map((path) => basename(path))]);
for (const name of await readdir(dist)) if (!current.has(name)) await rm(join(dist, name), { recursive: true });
for (const name of entries) console.log(`${name} -> static/dist/${manifest[name]}`);
