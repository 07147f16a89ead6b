// How the map looks: our own colours, light or dark, read from the page; signs drawn here, names in local fonts.
import type { LayerSpecification, Map as Chart } from "maplibre-gl";

export const STANDINGS = ["late", "soon", "waiting", "working", "checked", "over"] as const;
export type Standing = (typeof STANDINGS)[number];
const RATIO = 2;
const SIZE = 26;

export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim() || "#777777";
}

export function layers(town: number): LayerSpecification[] {
  const named = (below: boolean): LayerSpecification => ({
    id: below ? "inner-names" : "names",
    source: below ? "inner" : "ground",
    type: "symbol",
    minzoom: below ? 12.5 : 9,
    filter: ["==", ["geometry-type"], "Point"],
    layout: {
      "text-field": ["get", "name"],
      "text-font": ["local"],
      "text-size": ["case", ["<", ["get", "level"], town], 15, below ? 11.5 : 12.5],
      "symbol-sort-key": ["get", "level"],
      "text-padding": 3,
    },
    paint: { "text-color": colour("quiet"), "text-halo-color": colour("land"), "text-halo-width": 1.6 },
  });
  return [
    { id: "sea", type: "background", paint: { "background-color": colour("sunk") } },
    { id: "land", source: "ground", type: "fill", filter: ["!=", ["geometry-type"], "Point"], paint: { "fill-color": colour("land") } },
    {
      id: "inner-borders", source: "inner", type: "line", minzoom: 12, filter: ["!=", ["geometry-type"], "Point"],
      paint: { "line-color": colour("edge-of-land"), "line-width": 0.7, "line-dasharray": [3, 2] },
    },
    {
      id: "borders", source: "ground", type: "line", filter: ["!=", ["geometry-type"], "Point"],
      paint: { "line-color": colour("edge-of-land"), "line-width": ["case", ["<", ["get", "level"], town], 2.4, 1] },
    },
    named(true),
    named(false),
  ];
}

export function matterLayers(): LayerSpecification[] {
  const gravest: unknown = ["case", [">", ["get", "late"], 0], colour("s-late"), [">", ["get", "soon"], 0], colour("s-soon"), colour("s-working")];
  return [
    {
      id: "bunches", source: "matters", type: "circle", filter: ["has", "point_count"],
      paint: {
        "circle-color": gravest as string,
        "circle-radius": [
          "+", ["step", ["get", "point_count"], 13, 10, 16, 100, 20], ["case", [">", ["+", ["get", "late"], ["get", "soon"]], 0], 4, 0],
        ],
        "circle-stroke-width": ["case", [">", ["get", "late"], 0], 4, 2],
        "circle-stroke-color": colour("land"),
      },
    },
    {
      id: "bunch-numbers", source: "matters", type: "symbol", filter: ["has", "point_count"],
      layout: {
        "text-field": ["case", [">", ["get", "late"], 0], ["concat", ["get", "point_count_abbreviated"], " ▲"], [">", ["get", "soon"], 0], ["concat", ["get", "point_count_abbreviated"], " ◆"], ["get", "point_count_abbreviated"]],
        "text-font": ["local"], "text-size": 12.5, "text-allow-overlap": true, "text-ignore-placement": true,
      },
      paint: { "text-color": colour("land") },
    },
    {
      id: "signs", source: "matters", type: "symbol", filter: ["!", ["has", "point_count"]],
      layout: {
        "icon-image": ["get", "s"], "icon-allow-overlap": true, "icon-ignore-placement": true,
        "symbol-sort-key": ["match", ["get", "s"], "late", 5, "soon", 4, "waiting", 3, "working", 2, "checked", 1, 0],
      },
    },
  ];
}

export function addSigns(chart: Chart): void {
  for (const standing of STANDINGS) {
    const image = drawn(standing);
    if (chart.hasImage(standing)) chart.removeImage(standing);
    chart.addImage(standing, image, { pixelRatio: RATIO });
  }
}

// The same forms as on the server's drawing, so that colour is never all that tells them apart.
const FORMS: Record<Standing, string> = {
  late: "M0-9 9 7H-9Z",
  soon: "M0-8 8 0 0 8-8 0Z",
  waiting: "M-5.5 0a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0-11 0Z",
  working: "M-5.5 0a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0-11 0Z",
  checked: "M-6-6H6V6H-6Z",
  over: "M-4-4 4 4M-4 4 4-4",
};

function drawn(standing: Standing): ImageData {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIZE * RATIO;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  if (!pen) throw new Error("no canvas");
  pen.scale(RATIO, RATIO);
  pen.translate(SIZE / 2, SIZE / 2);
  const form = new Path2D(FORMS[standing]);
  const own = colour(`s-${standing}`);
  pen.lineJoin = "round";
  pen.lineWidth = standing === "waiting" ? 3 : standing === "over" ? 2.2 : 3;
  pen.strokeStyle = standing === "waiting" || standing === "over" ? own : colour("land");
  pen.stroke(form);
  pen.fillStyle = standing === "waiting" ? colour("land") : own;
  if (standing !== "over") pen.fill(form);
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}
