// Runs inside a network namespace. `echo ADDRESS PORT`: sends back what each connection sends. `talk SOURCE ADDRESS
// PORT`: opens one connection, says something on it ten times a second, and prints a line for each answer.
import net from "node:net";

const [mode, ...words] = process.argv.slice(2);
if (mode === "echo") {
  const [host = "", port = ""] = words;
  net
    .createServer((socket) => socket.on("error", () => socket.destroy()).pipe(socket))
    .listen({ host, port: Number(port) }, () => process.stdout.write("listening\n"));
} else {
  const [localAddress = "", host = "", port = ""] = words;
  const socket = net.connect({ host, port: Number(port), localAddress });
  socket.on("error", (error) => process.stdout.write(`broken: ${error.message}\n`));
  socket.on("close", () => process.stdout.write("closed\n"));
  socket.on("data", (data) => process.stdout.write("heard\n".repeat(data.toString().split("\n").length - 1)));
  setInterval(() => socket.write("word\n"), 100);
}
