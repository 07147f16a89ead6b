// Stands in for a package that can no longer be had: XML by the Spark convention, the root left out, lists as arrays.
const LISTS = new Set(["services", "service_requests", "service_request_updates", "errors", "attributes", "values", "endpoints", "formats"]);
const TOKEN = /<(\/?)([\w]+)(\/?)>|([^<]+)/g;

function value(node) {
  if (!node.parts.length) return LISTS.has(node.name) ? [] : node.text.trim();
  if (LISTS.has(node.name)) return node.parts.map(value);
  return Object.fromEntries(node.parts.map((part) => [part.name, value(part)]));
}

exports.parseXml = function (body) {
  const top = { name: "", parts: [], text: "" };
  const open = [top];
  for (const [, closes, name, empty, text] of body.replace(/<\?[^>]*\?>/, "").matchAll(TOKEN)) {
    const above = open[open.length - 1];
    if (text !== undefined) above.text += text;
    else if (closes) open.pop();
    else {
      const node = { name, parts: [], text: "" };
      above.parts.push(node);
      if (!empty) open.push(node);
    }
  }
  if (top.parts.length !== 1 || open.length !== 1) throw new Error("not well-formed: " + body.slice(0, 80));
  return value(top.parts[0]);
};
