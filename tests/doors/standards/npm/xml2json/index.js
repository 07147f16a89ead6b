// Stands in for a package that needs a compiler: the one call the client makes of it.
const spark = require("sparkxml");

exports.toJson = function (body) {
  return { service_requests: { request: spark.parseXml(body)[0] } };
};
