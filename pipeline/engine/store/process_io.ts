/** Who a process is, so that a lock can tell a living owner from a dead one. */
import { kill } from "node:process";

export interface ProcessIdentity {
  readonly host: string;
  /** Changes with every start of the machine; empty where the system does not tell. */
  readonly boot: string;
  /** Containers on one host have pids of their own; empty where the system does not tell. */
  readonly pidSpace: string;
  readonly pid: number;
  /** Clock ticks from boot to the start of the process; empty where the system does not tell. */
  readonly started: string;
}

export type Liveness = "alive" | "gone" | "unknown";

export function identityOf(pid: number): ProcessIdentity {
  return { ...machine(), pid, started: startTime(pid) ?? "" };
}

/**
 * Whether a process lives, as far as can be told from here; `unknown`: it is on another machine, in a container, or of
 * the time before this machine was last started, which looks the same where machines have the same name.
 */
export function liveness(process: ProcessIdentity): Liveness {
  const here = machine();
  if (process.boot !== here.boot || process.pidSpace !== here.pidSpace) return "unknown";
  if (here.boot === "" && process.host !== here.host) return "unknown";
  if (process.started === "") return signalReaches(process.pid) ? "alive" : "gone";
  return startTime(process.pid) === process.started ? "alive" : "gone";
}

function machine(): Pick<ProcessIdentity, "host" | "boot" | "pidSpace"> {
  return {
    host: Deno.hostname(),
    boot: read(() => Deno.readTextFileSync("/proc/sys/kernel/random/boot_id").trim()),
    pidSpace: read(() => Deno.readLinkSync("/proc/self/ns/pid")),
  };
}

/** Field 22 of /proc/<pid>/stat; none if the process is gone or only waits to be buried (state Z or X). */
function startTime(pid: number): string | undefined {
  const text = read(() => Deno.readTextFileSync(`/proc/${pid}/stat`));
  // The second field is the command in parentheses and may hold anything, so fields are counted from its end.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return text === "" || fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
}

function signalReaches(pid: number): boolean {
  try {
    return kill(pid, 0);
  } catch (error) {
    return (error as { code?: string }).code === "EPERM"; // it lives and is somebody else's
  }
}

function read(action: () => string): string {
  try {
    return action();
  } catch {
    return "";
  }
}
