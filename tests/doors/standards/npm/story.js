// Every call the npm package open311 has, one after the other; what each gave is printed as JSON.
const Open311 = require("open311");
const [endpoint, apiKey, format] = process.argv.slice(2);
const client = new Open311({ endpoint, apiKey, format, discovery: endpoint + "discovery.json", jurisdiction: "weicheng" });

function call(name, ...given) {
  return new Promise((resolve, reject) =>
    client[name](...given, (error, data) => (error ? reject(new Error(name + ": " + data)) : resolve(data))),
  );
}

function refused(name, ...given) {
  return new Promise((resolve) => client[name](...given, (error, data) => resolve([error, String(data)])));
}

async function story() {
  const report = { service_code: "road-pothole", lat: process.argv[5], long: process.argv[6], description: "坑", attributes: { lane: "pavement" } };
  const told = { discovery: await call("serviceDiscovery") };
  told.services = await call("serviceList");
  told.definition = await call("serviceDefinition", "road-pothole");
  told.receipt = await call("submitRequest", report);
  const number = told.receipt[0].service_request_id;
  told.one = await call("serviceRequest", number, {});
  told.several = await call("serviceRequests", [number], {});
  told.open = await call("serviceRequests", { status: "open", service_code: "road-pothole" });
  told.token = await call("token", number);
  told.missing = await refused("serviceRequest", "no-such", {});
  told.wrong = await refused("submitRequest", { service_code: "no-such" });
  console.log(JSON.stringify(told));
}

story().catch((error) => {
  console.error(error);
  process.exit(1);
});
