// Matters on the map: fetched for what is shown, bunched, chosen by pointer; the list beside the map goes along.
import type { FeatureCollection, Point } from "geojson";
import type { GeoJSONSource, Map as Chart, MapGeoJSONFeature } from "maplibre-gl";
import { addSigns, matterLayers } from "./map-look";

interface About {
  n: string;
  s: string;
  c: string;
  p: number;
  m?: number;
}
interface Told extends FeatureCollection<Point, About> {
  left_out: number;
  more: boolean;
  categories: Record<string, string>;
  towns: Record<string, string>;
}
type Words = Record<string, string>;
const FRESH_MS = 10_000;
const NEWS_MS = 3_000;
const SETTLED_MS = 250;

export async function showMatters(chart: Chart, frame: HTMLElement, words: Words): Promise<void> {
  const matters = new Matters(chart, frame, words);
  matters.put();
  await matters.fetch();
  matters.keepFresh();
}

class Matters {
  private told: Told | undefined;
  private asking: AbortController | undefined;
  private box = "";
  private isRenewed = false;

  constructor(private readonly chart: Chart, private readonly frame: HTMLElement, private readonly words: Words) {
    chart.on("click", (event) => this.choose(chart.queryRenderedFeatures(
      [[event.point.x - 6, event.point.y - 6], [event.point.x + 6, event.point.y + 6]], { layers: ["signs", "bunches"] },
    )));
    for (const layer of ["signs", "bunches"]) {
      chart.on("mouseenter", layer, () => (chart.getCanvas().style.cursor = "pointer"));
      chart.on("mouseleave", layer, () => (chart.getCanvas().style.cursor = ""));
    }
  }

  put(): void {
    this.chart.addSource("matters", {
      type: "geojson",
      data: this.told ?? { type: "FeatureCollection", features: [] },
      cluster: true,
      clusterRadius: 38,
      clusterMaxZoom: 15,
      clusterProperties: {
        late: ["+", ["case", ["==", ["get", "s"], "late"], 1, 0]],
        soon: ["+", ["case", ["==", ["get", "s"], "soon"], 1, 0]],
      },
    });
    addSigns(this.chart);
    for (const layer of matterLayers()) this.chart.addLayer(layer);
  }

  async fetch(): Promise<void> {
    this.asking?.abort();
    const asking = (this.asking = new AbortController());
    const box = this.box;
    try {
      const answer = await fetch(this.address("matters", box), { signal: asking.signal });
      if (!answer.ok) return;
      this.told = (await answer.json()) as Told;
      this.chart.getSource<GeoJSONSource>("matters")?.setData(this.told);
      this.frame.dataset["shown"] = String(this.told.features.length);
      if (this.isRenewed) await this.renewTwin(box, asking.signal);
      this.isRenewed = true;
    } catch (error) {
      if (!asking.signal.aborted) throw error;
    }
  }

  keepFresh(): void {
    let settled = 0;
    this.chart.on("moveend", (event) => {
      if (!("originalEvent" in event) && !this.frame.dataset["moved"]) return;
      this.box = this.shownBox();
      window.clearTimeout(settled);
      settled = window.setTimeout(() => void this.fetch(), SETTLED_MS);
    });
    let due = 0;
    // News come many at once; one look at the whole is enough for all of them.
    document.addEventListener("live-news", () => {
      if (due) return;
      due = window.setTimeout(() => {
        due = 0;
        void this.fetch().catch(() => undefined);
      }, NEWS_MS);
    });
    if (document.querySelector("[data-live]")) return;
    window.setInterval(() => {
      if (!document.hidden) void this.fetch().catch(() => undefined);
    }, FRESH_MS);
  }

  private shownBox(): string {
    const bounds = this.chart.getBounds();
    return [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()].map((edge) => edge.toFixed(5)).join(",");
  }

  private address(what: string, box: string): string {
    const address = this.frame.dataset[what] ?? "";
    return box ? `${address}${address.includes("?") ? "&" : "?"}box=${box}` : address;
  }

  // The list says what the map shows. It stays as it is while somebody is in it.
  private async renewTwin(box: string, signal: AbortSignal): Promise<void> {
    const twin = document.getElementById("twin");
    if (!twin || !this.frame.dataset["twin"] || twin.contains(document.activeElement)) return;
    if (!box && new URLSearchParams(location.search).has("from")) return;
    const answer = await fetch(this.address("twin", box), { signal });
    if (!answer.ok) return;
    const made = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("twin");
    if (made) twin.replaceChildren(...made.childNodes);
  }

  private choose(found: MapGeoJSONFeature[]): void {
    const bunch = found.find((each) => each.properties["cluster"]);
    const singles = found.filter((each) => !each.properties["cluster"]);
    if (singles.length) this.card(singles.map((each) => each.properties as About));
    else if (bunch) void this.into(bunch);
    else this.shut();
  }

  private async into(bunch: MapGeoJSONFeature): Promise<void> {
    const source = this.chart.getSource<GeoJSONSource>("matters");
    const number = Number(bunch.properties["cluster_id"]);
    const at = (bunch.geometry as Point).coordinates as [number, number];
    const zoom = (await source?.getClusterExpansionZoom(number)) ?? this.chart.getZoom() + 2;
    if (zoom <= 16) {
      this.frame.dataset["moved"] = "1";
      this.chart.easeTo({ center: at, zoom: zoom + 0.3 });
    } else {
      const leaves = (await source?.getClusterLeaves(number, 12, 0)) ?? [];
      this.card(leaves.map((leaf) => leaf.properties as About));
    }
  }

  private shut(): void {
    this.frame.querySelector(".map-card")?.remove();
    for (const row of document.querySelectorAll("tr.chosen")) row.classList.remove("chosen");
  }

  private card(abouts: About[]): void {
    this.shut();
    const card = made("div", "map-card");
    card.setAttribute("role", "status");
    if (abouts.length > 1) card.append(made("p", "quiet small", (this.words["several"] ?? "").replace("%(n)s", String(abouts.length))));
    for (const about of abouts.slice(0, 8)) card.append(this.line(about));
    const shut = made("button", "shut", "×");
    shut.setAttribute("aria-label", this.words["shut"] ?? "");
    shut.addEventListener("click", () => this.shut());
    card.append(shut);
    this.frame.append(card);
    for (const about of abouts) document.querySelector(`tr[data-matter="${CSS.escape(about.n)}"]`)?.classList.add("chosen");
  }

  private line(about: About): HTMLElement {
    const line = made("p");
    const name = this.told?.categories[about.c] ?? about.c;
    const link = this.frame.dataset["link"];
    if (link) {
      const way = made("a", "", name) as HTMLAnchorElement;
      way.href = link + encodeURIComponent(about.n);
      line.append(way);
    } else line.append(made("strong", "", name));
    line.append(` · ${this.told?.towns[String(about.p)] ?? ""} · ${this.words[about.s] ?? about.s}`);
    if (about.m) line.append(made("span", "quiet small", ` ${this.words["middle"] ?? ""}`));
    return line;
  }
}

function made(tag: string, className = "", text = ""): HTMLElement {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}
