// Reads messages with npm's ws: URL SECONDS [ORIGIN]. Prints each on a line, "neutral" is sent with the tenth.
const WebSocket = require("ws");
const [url, seconds, origin] = process.argv.slice(2);
const begin = Date.now();
function connect() {
  const ws = new WebSocket(url, origin ? { origin } : {});
  let open = false, count = 0;
  ws.on("open", () => { open = true; });
  ws.on("message", (message) => {
    console.log(message.toString());
    if (++count == 10) ws.send("neutral");
  });
  ws.on("error", (error) => {
    // It may not listen yet.
    if (error.code == "ECONNREFUSED" && Date.now() - begin < 1000 * seconds) return setTimeout(connect, 50);
    console.log("error " + error.message);
  });
  ws.on("close", () => { if (open) process.exit(0); });
}
connect();
setTimeout(() => process.exit(0), 1000 * seconds);
