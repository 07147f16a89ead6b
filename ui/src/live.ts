// Pages that change while somebody looks on: one stream of events, paused by hand, closed while the page is out of sight
// (a browser keeps only six lines open to a house). Without script the page is reloaded by hand.
import htmx from "htmx.org";

type State = "on" | "waiting" | "paused" | "over";

export function goLive(): void {
  const bar = document.querySelector<HTMLElement>("[data-live]");
  if (bar && "EventSource" in window) new LivePage(bar).begin();
}

class LivePage {
  private source: EventSource | null = null;
  private after: string;
  private isPaused = false;
  private isOver = false;
  private readonly button: HTMLButtonElement | null;

  constructor(private readonly bar: HTMLElement) {
    this.after = bar.dataset.after ?? "0";
    this.button = bar.querySelector("[data-live-pause]");
  }

  begin(): void {
    this.bar.hidden = false;
    this.button?.addEventListener("click", () => this.turn());
    document.addEventListener("visibilitychange", () => this.follow());
    window.addEventListener("pagehide", () => this.close());
    window.addEventListener("pageshow", () => this.follow());
    this.follow();
  }

  private follow(): void {
    if (this.isOver || this.isPaused || document.hidden) this.close();
    else if (!this.source) this.open();
  }

  private open(): void {
    this.say("on");
    this.source = new EventSource(`${this.bar.dataset.live}?after=${this.after}`);
    this.source.onopen = () => this.say("on");
    this.source.onerror = () => this.failed();
    for (const name of ["board", "list"]) this.source.addEventListener(name, (event) => this.take(event));
    this.source.addEventListener("over", () => this.end());
  }

  private close(): void {
    this.source?.close();
    this.source = null;
  }

  private failed(): void {
    if (this.source?.readyState === EventSource.CLOSED) this.end();
    else this.say("waiting");
  }

  private end(): void {
    this.isOver = true;
    this.close();
    this.say("over");
    if (this.button) this.button.hidden = true;
  }

  private turn(): void {
    this.isPaused = !this.isPaused;
    if (this.button) {
      const other = this.button.dataset.livePause ?? "";
      this.button.dataset.livePause = this.button.textContent ?? "";
      this.button.textContent = other;
    }
    this.follow();
    if (this.isPaused) this.say("paused");
  }

  private take(event: MessageEvent<string>): void {
    if (event.lastEventId) this.after = event.lastEventId;
    const into = document.getElementById(this.bar.dataset.into ?? "");
    if (into && event.data) void htmx.swap({ target: into, text: event.data, swap: "outerMorph", sourceElement: into });
    if (Number(this.after) > Number(this.bar.dataset.after)) this.tellChanged();
    document.dispatchEvent(new Event("live-news"));
  }

  private tellChanged(): void {
    const told = document.querySelector<HTMLElement>("[data-live-changed]");
    if (told) told.hidden = false;
  }

  private say(state: State): void {
    for (const word of this.bar.querySelectorAll<HTMLElement>("[data-live-is]")) {
      word.hidden = word.dataset.liveIs !== state;
    }
    this.bar.dataset.state = state;
  }
}
