// What the pages gain where script runs; every page works without it.
import "htmx.org";
import { bringPosition } from "./position";
import { moveByKeys } from "./keys";
import { countLetters } from "./letters";
import { openMaps } from "./map-opening";
import { goLive } from "./live";

document.documentElement.classList.add("with-script");
bringPosition();
moveByKeys();
countLetters();
openMaps();
goLive();
