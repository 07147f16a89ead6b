// The map island: the city's own outlines under our own signs, drawn by MapLibre from this server alone.
import { Map as Chart, setWorkerUrl } from "maplibre-gl";
import type { GeoJSONSource, StyleSpecification } from "maplibre-gl";
import type { FeatureCollection } from "geojson";
import { addSigns, layers, matterLayers } from "./map-look";
import { showMatters } from "./map-matters";
import { pickSpot } from "./map-pick";

type Words = Record<string, string>;
const FIT = { padding: 24, animate: false };
const NOTHING: FeatureCollection = { type: "FeatureCollection", features: [] };
const INNER_ZOOM = 12;
const INNERMOST_ZOOM = 13.5;

export async function open(frame: HTMLElement): Promise<void> {
  const told = frame.dataset;
  const words = JSON.parse(told["words"] ?? "{}") as Words;
  const [west = 0, south = 0, east = 0, north = 0] = (told["bounds"] ?? "").split(",").map(Number);
  const town = Number(told["cell"]);
  setWorkerUrl(new URL(told["worker"] ?? "", location.href).href);
  const ground = (await (await fetch(told["places"] ?? "")).json()) as FeatureCollection;
  frame.classList.add("alive");
  const canvas = document.createElement("div");
  canvas.className = "map-canvas";
  frame.append(canvas);
  const chart = new Chart({
    container: canvas,
    style: style(ground, town),
    bounds: [[west, south], [east, north]],
    fitBoundsOptions: FIT,
    maxBounds: [[west - (east - west), south - (north - south)], [east + (east - west), north + (north - south)]],
    maxZoom: 18,
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    fadeDuration: 0,
    localIdeographFontFamily: getComputedStyle(document.body).fontFamily,
    locale: { "Map.Title": words["map"] ?? "" },
  });
  chart.touchZoomRotate.disableRotation();
  chart.keyboard.disableRotation();
  chart.once("idle", () => (frame.dataset["drawn"] = "1"));
  chart.on("movestart", (event) => {
    if ("originalEvent" in event && event.originalEvent) frame.dataset["moved"] = "1";
  });
  await new Promise<void>((ready) => chart.once("load", () => ready()));
  buttons(chart, frame, words, [[west, south], [east, north]]);
  followInner(chart, told["inner"] ?? "", town);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => repaint(chart, town));
  if (told["map"] === "pick") pickSpot(chart, frame, words);
  else await showMatters(chart, frame, words);
}

function style(ground: FeatureCollection, town: number): StyleSpecification {
  return {
    version: 8,
    sources: { ground: { type: "geojson", data: ground }, inner: { type: "geojson", data: NOTHING } },
    layers: [
      ...layers(town),
      { id: "inner-land", source: "inner", type: "fill", filter: ["!=", ["geometry-type"], "Point"], paint: { "fill-opacity": 0 } },
    ],
  };
}

function repaint(chart: Chart, town: number): void {
  for (const layer of [...layers(town), ...matterLayers()]) {
    if (!chart.getLayer(layer.id) || !("paint" in layer) || !layer.paint) continue;
    for (const [name, value] of Object.entries(layer.paint)) chart.setPaintProperty(layer.id, name as Parameters<Chart["setPaintProperty"]>[1], value);
  }
  if (chart.getSource("matters")) addSigns(chart);
}

// What lies inside the place in the middle of the map is fetched when somebody looks closely.
function followInner(chart: Chart, address: string, town: number): void {
  let shown = 0;
  chart.on("moveend", () => {
    if (chart.getZoom() < INNER_ZOOM) return;
    const close = chart.getZoom() >= INNERMOST_ZOOM;
    const found = chart.queryRenderedFeatures(chart.project(chart.getCenter()), { layers: close ? ["land", "inner-land"] : ["land"] });
    const levels = found.map((each) => Number(each.properties["level"])).filter((level) => level <= town);
    const deepest = found.find((each) => Number(each.properties["level"]) === Math.max(...levels));
    const place = Number(deepest?.properties["id"] ?? 0);
    if (!place || place === shown) return;
    shown = place;
    void fetch(`${address}${place}/places.geojson`)
      .then((answer) => (answer.ok ? answer.json() : NOTHING))
      .then((inner: FeatureCollection) => chart.getSource<GeoJSONSource>("inner")?.setData(inner));
  });
}

function buttons(chart: Chart, frame: HTMLElement, words: Words, whole: [[number, number], [number, number]]): void {
  const row = document.createElement("div");
  row.className = "map-buttons";
  const acts: [string, string, () => void][] = [
    ["closer", "+", () => chart.zoomIn()],
    ["farther", "−", () => chart.zoomOut()],
    ["whole", words["whole"] ?? "", () => chart.fitBounds(whole, FIT)],
  ];
  for (const [name, shown, act] of acts) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button second";
    button.textContent = shown;
    if (shown !== words[name]) button.setAttribute("aria-label", words[name] ?? name);
    button.addEventListener("click", () => {
      frame.dataset["moved"] = "1";
      act();
    });
    row.append(button);
  }
  frame.prepend(row);
}

