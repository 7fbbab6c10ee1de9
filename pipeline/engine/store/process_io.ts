/** Who a process is, so that a lock can tell a living owner from a dead one. Nothing here ends a process. */
import { kill } from "node:process";
import { type OperatingSystem, operatingSystem } from "../../../lib/base/operating_system_io.ts";
import { type ProcessState, procState, psState, registryValue, ticksState } from "./process_text.ts";

export interface ProcessIdentity {
  readonly host: string;
  /** Changes with every start of the machine; empty where the system does not tell. */
  readonly boot: string;
  /** Containers on one host have pids of their own; empty where the system does not tell. */
  readonly pidSpace: string;
  readonly pid: number;
  /** When the process started, in the system's own words; empty where it does not tell. */
  readonly started: string;
}

/**
 * `suspended`: it lives and does nothing until somebody lets it go on; `unknown`: it cannot be looked at, or is on
 * another machine, in a container, or of the time before this machine was last started, which looks the same where
 * machines have the same name.
 */
export type Liveness = "alive" | "suspended" | "gone" | "unknown";

/** What is asked of an operating system; a question that it does not answer is an error. */
export interface System {
  readonly os: OperatingSystem;
  hostname(): string;
  readText(path: string): string;
  readLink(path: string): string;
  /** Standard output of a program. */
  output(program: string, args: readonly string[]): string;
  /** Whether there is a process of this number, whoever it belongs to. */
  exists(pid: number): boolean;
}

/** Where a program must be run to look at a process, what it said counts so long. */
const LOOK_MS = 2_000;

export class Processes {
  readonly #system: System;
  readonly #seen = new Map<
    number,
    { readonly at: number; readonly state: ProcessState | undefined | "untold" }
  >();
  #machine: Pick<ProcessIdentity, "host" | "boot" | "pidSpace"> | undefined;

  constructor(system: System) {
    this.#system = system;
  }

  identityOf(pid: number): ProcessIdentity {
    const state = this.#look(pid);
    return { ...this.#here(), pid, started: state === "untold" ? "" : state?.started ?? "" };
  }

  /** Whether a process lives, as far as can be told from here. */
  liveness(process: ProcessIdentity): Liveness {
    const here = this.#here();
    if (process.boot !== here.boot || process.pidSpace !== here.pidSpace) return "unknown";
    if (here.boot === "" && process.host !== here.host) return "unknown";
    if (!this.#system.exists(process.pid)) return "gone";
    const state = this.#look(process.pid);
    if (state === "untold") return process.started === "" ? "alive" : "unknown";
    if (state === undefined) return "gone";
    if (process.started !== "" && state.started !== process.started) return "gone";
    return state.suspended ? "suspended" : "alive";
  }

  #here(): Pick<ProcessIdentity, "host" | "boot" | "pidSpace"> {
    const { os, hostname, readText, readLink, output } = this.#system;
    return this.#machine ??= {
      host: hostname(),
      boot: answer(() => {
        if (os === "darwin") return output("sysctl", ["-n", "kern.bootsessionuuid"]).trim();
        if (os !== "windows") return readText("/proc/sys/kernel/random/boot_id").trim();
        return WINDOWS_BOOT.map(([key, name]) => registryValue(output("reg", ["query", key, "/v", name])))
          .join("-");
      }),
      pidSpace: os === "linux" ? answer(() => readLink("/proc/self/ns/pid")) : "",
    };
  }

  /** `undefined`: it only waits to be buried; `untold`: it is gone since, or this process may not or cannot look. */
  #look(pid: number): ProcessState | undefined | "untold" {
    const { os, readText, output } = this.#system;
    if (os !== "darwin" && os !== "windows") return told(() => readText(`/proc/${pid}/stat`), procState);
    const known = this.#seen.get(pid);
    if (known !== undefined && performance.now() - known.at < LOOK_MS) return known.state;
    const state = os === "darwin"
      ? told(() => output("ps", ["-o", "stat=,lstart=", "-p", `${pid}`]), psState)
      : told(() => output("powershell", ["-NoProfile", "-Command", windowsStart(pid)]), ticksState);
    this.#seen.set(pid, { at: performance.now(), state });
    return state;
  }
}

function told<State>(question: () => string, read: (text: string) => State): State | "untold" {
  const text = answer(question);
  return text.trim() === "" ? "untold" : read(text);
}

/** Which machine, and which of its starts. */
const WINDOWS_BOOT = [
  ["HKLM\\SOFTWARE\\Microsoft\\Cryptography", "MachineGuid"],
  [
    "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Memory Management\\PrefetchParameters",
    "BootId",
  ],
] as const;

function windowsStart(pid: number): string {
  return `(Get-Process -Id ${pid}).StartTime.ToUniversalTime().Ticks`;
}

const processes = new Processes({
  os: operatingSystem(),
  hostname: () => Deno.hostname(),
  readText: (path) => Deno.readTextFileSync(path),
  readLink: (path) => Deno.readLinkSync(path),
  output(program, args) {
    // Times are printed in the zone and the language of who asks, and are compared with what others were told.
    const env = { LC_ALL: "C", TZ: "UTC" };
    const { stdout } = new Deno.Command(program, { args: [...args], env, stdin: "null", stderr: "null" })
      .outputSync();
    return new TextDecoder().decode(stdout);
  },
  exists(pid) {
    try {
      return kill(pid, 0); // asks only
    } catch (error) {
      return error instanceof Error && "code" in error && error.code === "EPERM"; // it is somebody else's
    }
  },
});

export function identityOf(pid: number): ProcessIdentity {
  return processes.identityOf(pid);
}

export function liveness(process: ProcessIdentity): Liveness {
  return processes.liveness(process);
}

function answer(question: () => string): string {
  try {
    return question();
  } catch {
    return "";
  }
}
