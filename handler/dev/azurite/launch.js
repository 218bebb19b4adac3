// Runs Azurite for as long as standard input is open, so that it cannot
// outlive the program that started it, however that program ends.
process.stdin.on("end", () => process.exit(0));
process.stdin.on("error", () => process.exit(0));
process.stdin.resume();
require("azurite/dist/src/azurite.js");
