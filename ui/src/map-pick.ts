// Choosing a spot: the map is moved under a cross in its middle, by hand or by arrow keys, and the spot is taken.
import type { Map as Chart } from "maplibre-gl";

type Words = Record<string, string>;

export function pickSpot(chart: Chart, frame: HTMLElement, words: Words): void {
  const form = frame.closest("form");
  if (!form) return;
  frame.append(cross());
  const { take, says } = bar(frame, words);
  const tell = (): void => {
    const middle = chart.project(chart.getCenter());
    const found = chart.queryRenderedFeatures(middle, { layers: ["inner-land", "land"] });
    const deepest = found.sort((one, other) => Number(other.properties["level"]) - Number(one.properties["level"]))[0];
    says.textContent = deepest ? String(deepest.properties["name"]) : words["outside"] ?? "";
    take.disabled = !deepest;
  };
  chart.on("idle", tell);
  chart.on("click", (event) => chart.easeTo({ center: event.lngLat }));
  chart.getCanvas().addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    take.click();
  });
  take.addEventListener("click", () => {
    const { lng, lat } = chart.getCenter();
    fill(form, "lon", lng);
    fill(form, "lat", lat);
    form.requestSubmit(form.querySelector<HTMLButtonElement>("button[value=locate]"));
  });
}

function fill(form: HTMLFormElement, name: string, value: number): void {
  const field = form.elements.namedItem(name);
  if (field instanceof HTMLInputElement) field.value = value.toFixed(6);
}

function bar(frame: HTMLElement, words: Words): { take: HTMLButtonElement; says: HTMLOutputElement } {
  const line = document.createElement("div");
  line.className = "map-take";
  const take = document.createElement("button");
  take.type = "button";
  take.className = "button second";
  take.dataset["take"] = "";
  take.textContent = words["take"] ?? "";
  const says = document.createElement("output");
  says.setAttribute("aria-live", "polite");
  line.append(take, says);
  frame.after(line);
  return { take, says };
}

function cross(): SVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "-24 -24 48 48");
  svg.setAttribute("class", "map-cross");
  svg.setAttribute("aria-hidden", "true");
  for (const [width, stroke] of [["5", "var(--land)"], ["2.5", "currentColor"]] as const) {
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", "M0-22V-6M0 6V22M-22 0H-6M6 0H22");
    path.setAttribute("stroke", stroke);
    path.setAttribute("stroke-width", width);
    svg.append(path);
  }
  return svg;
}
