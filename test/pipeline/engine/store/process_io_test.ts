/** What each system says of processes, as it was printed there; this one is asked in lock_io_test.ts. */
import { assertEquals } from "@std/assert";
import { Processes, type System } from "../../../../pipeline/engine/store/process_io.ts";

interface Said {
  readonly [question: string]: string;
}

function system(os: System["os"], said: Said, live: readonly number[] = [71]): System {
  const answer = (question: string): string => {
    const found = said[question];
    if (found === undefined) throw new Error(`Nobody answers ${question}`);
    return found;
  };
  return {
    os,
    hostname: () => "box",
    readText: answer,
    readLink: answer,
    output: (program, args) => answer([program, ...args].join(" ")),
    exists: (pid) => live.includes(pid),
  };
}

const LINUX: Said = {
  "/proc/sys/kernel/random/boot_id": "9b1d2e6a-7d0f-4f0e-8f57-0c3f6a1f6a55\n",
  "/proc/self/ns/pid": "pid:[4026531836]",
  "/proc/71/stat":
    "71 (a ) b (c) S 1 71 71 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 9 0 8124 1 2 3 4 5 6 7 8 9 10 11 12 13",
};
const MAC: Said = {
  "sysctl -n kern.bootsessionuuid": "6E0C9A4B-52D3-4A6B-A2A1-5B7A3C0E8D11\n",
  "ps -o stat=,lstart= -p 71": "S+   Thu Nov 26 09:14:02 2026    \n",
};
const WINDOWS: Said = {
  "reg query HKLM\\SOFTWARE\\Microsoft\\Cryptography /v MachineGuid":
    "\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Cryptography\r\n    MachineGuid    REG_SZ    5c9c3b1e-31ab\r\n\r\n",
  "reg query HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Memory Management\\PrefetchParameters /v BootId":
    "\r\nHKEY_LOCAL_MACHINE\\SYSTEM\\...\\PrefetchParameters\r\n    BootId    REG_DWORD    0x2a\r\n\r\n",
  "powershell -NoProfile -Command (Get-Process -Id 71).StartTime.ToUniversalTime().Ticks":
    "639316520421234567\r\n",
};

const systems: readonly (readonly [System["os"], Said, string, string])[] = [
  ["linux", LINUX, "9b1d2e6a-7d0f-4f0e-8f57-0c3f6a1f6a55", "8124"],
  ["darwin", MAC, "6E0C9A4B-52D3-4A6B-A2A1-5B7A3C0E8D11", "Thu Nov 26 09:14:02 2026"],
  ["windows", WINDOWS, "5c9c3b1e-31ab-0x2a", "639316520421234567"],
];
for (const [os, said, boot, started] of systems) {
  Deno.test(`a process is known by boot, number and start, and judged by them (${os})`, () => {
    const processes = new Processes(system(os, said));
    const identity = processes.identityOf(71);
    const pidSpace = os === "linux" ? "pid:[4026531836]" : "";
    assertEquals(identity, { host: "box", boot, pidSpace, pid: 71, started });
    assertEquals(processes.liveness(identity), "alive");
    assertEquals(processes.liveness({ ...identity, started: "earlier" }), "gone");
    assertEquals(processes.liveness({ ...identity, pid: 72 }), "gone");
    assertEquals(processes.liveness({ ...identity, boot: "another" }), "unknown");
  });

  Deno.test(`where the system tells nothing, a process is known by host and number (${os})`, () => {
    const processes = new Processes(system(os, {}));
    const identity = processes.identityOf(71);
    assertEquals(identity, { host: "box", boot: "", pidSpace: "", pid: 71, started: "" });
    assertEquals(processes.liveness(identity), "alive");
    assertEquals(processes.liveness({ ...identity, pid: 72 }), "gone");
    assertEquals(processes.liveness({ ...identity, host: "other" }), "unknown");
  });
}

const states: readonly (readonly [string, Said, "suspended" | "gone" | "unknown"])[] = [
  ["linux", { "/proc/71/stat": LINUX["/proc/71/stat"]!.replace(" S ", " T ") }, "suspended"],
  ["linux", { "/proc/71/stat": LINUX["/proc/71/stat"]!.replace(" S ", " Z ") }, "gone"],
  ["darwin", { "ps -o stat=,lstart= -p 71": "T    Thu Nov 26 09:14:02 2026\n" }, "suspended"],
  ["darwin", { "ps -o stat=,lstart= -p 71": "Z    Thu Nov 26 09:14:02 2026\n" }, "gone"],
  ["darwin", { "ps -o stat=,lstart= -p 71": "" }, "unknown"],
  ["linux", { "/proc/71/stat": "" }, "unknown"],
];
for (const [os, change, expected] of states) {
  const [[, text]] = Object.entries(change) as [[string, string]];
  Deno.test(`liveness() is ${expected} when ${os} says ${JSON.stringify(text.slice(0, 20))}`, () => {
    const said = os === "linux" ? LINUX : MAC;
    const name = os === "linux" ? "linux" : "darwin";
    const identity = new Processes(system(name, said)).identityOf(71);
    assertEquals(new Processes(system(name, { ...said, ...change })).liveness(identity), expected);
  });
}
