// Brings a map to life: at once where the page is about it, or when somebody asks for it. Its script is fetched then.

interface Island {
  open(frame: HTMLElement): Promise<void>;
}

export function openMaps(): void {
  for (const frame of document.querySelectorAll<HTMLElement>("[data-map][data-script]")) {
    const asked = document.querySelector<HTMLButtonElement>(`button[data-opens="${frame.id}"]`);
    if (!asked) void open(frame);
    else {
      asked.hidden = false;
      asked.addEventListener("click", () => {
        asked.hidden = true;
        frame.hidden = false;
        void open(frame);
      });
    }
  }
}

async function open(frame: HTMLElement): Promise<void> {
  if (!("WebGL2RenderingContext" in window)) return failed(frame);
  try {
    const island = (await import(frame.dataset["script"] ?? "")) as Island;
    await island.open(frame);
  } catch (error) {
    console.error(error);
    failed(frame);
  }
}

function failed(frame: HTMLElement): void {
  frame.classList.remove("alive");
  const words = JSON.parse(frame.dataset["words"] ?? "{}") as Record<string, string>;
  const said = document.createElement("p");
  said.className = "hint";
  said.setAttribute("role", "status");
  said.textContent = words["failed"] ?? "";
  frame.append(said);
}
