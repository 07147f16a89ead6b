"""A process of its own that opens one picture nobody has checked and writes it anew: small, upright, pixels only."""

import io
import resource
import sys

from PIL import Image, ImageOps

SIDE_MAX = 1600
PIXELS_MAX = 60_000_000
QUALITY = 82
MEMORY_MAX = 900 << 20
SECONDS_MAX = 20
FORMATS = ("JPEG", "PNG", "WEBP")
NOT_A_PICTURE, TOO_LARGE = 3, 4


def main() -> int:
    """Read a picture from standard input, write a JPEG to standard output; the exit code says what was wrong."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX, MEMORY_MAX))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS_MAX, SECONDS_MAX))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    Image.MAX_IMAGE_PIXELS = PIXELS_MAX // 2
    try:
        sys.stdout.buffer.write(developed(sys.stdin.buffer.read()))
    except (Image.DecompressionBombError, MemoryError):
        return TOO_LARGE
    except (OSError, ValueError, SyntaxError, EOFError):
        return NOT_A_PICTURE
    return 0


def developed(data: bytes) -> bytes:
    """The picture as a JPEG without a word beside its pixels: no place, no camera, no thumbnail."""
    with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
        opened.draft("RGB", (SIDE_MAX, SIDE_MAX))
        upright = ImageOps.exif_transpose(opened)
        upright.thumbnail((SIDE_MAX, SIDE_MAX))
        flat = Image.new("RGB", upright.size, "white")
        seen = upright.convert("RGBA")
        flat.paste(seen, mask=seen.getchannel("A"))
    out = io.BytesIO()
    flat.save(out, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return out.getvalue()


if __name__ == "__main__":
    raise SystemExit(main())
