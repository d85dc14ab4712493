// Starts and stops the programs whose pages are walked.

import { spawn } from "node:child_process";

/**
 * Starts a program. Returns `found`, the result of `wanted` for its output, and `stop`, which returns the exit code.
 *
 * `options` has `cwd`, `env`, the `output` that is read ("stdout" or "stderr"), and the `signal` of the stop.
 */
export async function start(program, args, options, wanted) {
  const { cwd, env, output = "stdout", signal = "SIGTERM" } = options;
  // A pipe that is not read would fill up, and the program would wait.
  const stdout = output === "stdout" ? "pipe" : "ignore";
  const stderr = output === "stderr" ? "pipe" : "inherit";
  const child = spawn(program, args, { cwd, env, stdio: ["ignore", stdout, stderr] });
  const found = await new Promise((resolve, reject) => {
    let text = "";
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`${program} ${args[0]} ended with ${code}: ${text}`)));
    child[output].on("data", (part) => {
      text += part;
      const found = wanted(text);
      if (found) resolve(found);
    });
  });
  child.removeAllListeners("exit");
  const stop = () => new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve(child.exitCode);
    child.once("exit", resolve);
    child.kill(signal);
  });
  return { found, stop };
}

/** The first line of an output, which is JSON. */
export function banner(text) {
  return text.includes("\n") && JSON.parse(text.split("\n")[0]);
}
