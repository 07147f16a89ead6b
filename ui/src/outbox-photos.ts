// A photo made small before it is kept: a phone's camera gives ten times what is ever looked at, and a stairwell has
// little network. Where it cannot be opened here, it is kept as it is and the city judges it.

const SIDE_MAX = 1600;
const SMALL_BYTES = 600_000;

export async function smaller(file: File): Promise<Blob> {
  if (file.size <= SMALL_BYTES) return file;
  try {
    const picture = await createImageBitmap(file);
    const share = Math.min(1, SIDE_MAX / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * share);
    canvas.height = Math.round(picture.height * share);
    canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    const made = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.85));
    return made && made.size < file.size ? made : file;
  } catch {
    return file;
  }
}
