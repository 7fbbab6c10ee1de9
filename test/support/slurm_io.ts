/**
 * A private Slurm of one node in a temporary folder: munge, controller and node daemon with sockets, ports, keys and
 * states of their own, so that it disturbs none that the machine may have.
 *
 * `slurm_io.ts start` prints the path of its configuration, `slurm_io.ts stop CONFIGURATION` ends it.
 */
import { kill } from "node:process";

export interface PrivateSlurm {
  /** For the environment variable SLURM_CONF. */
  readonly conf: string;
  stop(): Promise<void>;
}

const PROGRAMS = ["munged", "slurmctld", "slurmd", "sbatch"];
/** Debian keeps daemons out of users' search paths. */
const FOLDERS = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"];
const START_MS = 30_000;

/** Why no private Slurm can be started here; `undefined` if it can. */
export function slurmIsMissing(): string | undefined {
  if (Deno.build.os !== "linux") return "Slurm wants Linux";
  if (Deno.uid() !== 0) return "the daemons of Slurm want root";
  const missing = PROGRAMS.find((name) => find(name) === undefined);
  return missing === undefined ? undefined : `no ${missing} on this machine (Debian: slurm-wlm, munge)`;
}

/** Starts the daemons and waits until the node is idle. @throws {Error} If it is not within half a minute. */
export async function startSlurm(): Promise<PrivateSlurm> {
  const folder = Deno.makeTempDirSync({ prefix: "private-slurm-" });
  Deno.chmodSync(folder, 0o755);
  for (const name of ["munge", "state", "spool"]) Deno.mkdirSync(`${folder}/${name}`, { mode: 0o755 });
  Deno.writeFileSync(`${folder}/munge/key`, crypto.getRandomValues(new Uint8Array(128)), { mode: 0o400 });
  const conf = `${folder}/slurm.conf`;
  Deno.writeTextFileSync(conf, configuration(folder));
  const slurm: PrivateSlurm = { conf, stop: () => stopSlurm(conf) };
  try {
    const munge = ["socket", "key-file", "pid-file", "log-file", "seed-file"]
      .map((name) => `--${name}=${folder}/munge/${name.replace("-file", "")}`);
    await run("munged", munge, conf);
    await run("slurmctld", [], conf);
    await run("slurmd", [], conf);
    const begun = performance.now();
    while ((await output("sinfo", ["--noheader", "--format=%T"], conf)).trim().split("\n")[0] !== "idle") {
      if (performance.now() - begun > START_MS) throw new Error(`The node is not idle:\n${logs(folder)}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return slurm;
  } catch (error) {
    await slurm.stop();
    throw error;
  }
}

/** Ends all jobs and daemons, and removes the folder. */
export async function stopSlurm(conf: string): Promise<void> {
  const folder = conf.slice(0, conf.lastIndexOf("/"));
  await output("scancel", ["--user=root"], conf);
  await jobsGone(conf);
  const pids = ["slurmd.pid", "slurmctld.pid", "munge/pid"].flatMap((name) => pidIn(`${folder}/${name}`));
  for (const pid of pids) signal(pid, "SIGTERM");
  const begun = performance.now();
  while (pids.some((pid) => isAlive(pid)) && performance.now() - begun < 10_000) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  for (const pid of pids) if (isAlive(pid)) signal(pid, "SIGKILL");
  await Deno.remove(folder, { recursive: true });
}

function configuration(folder: string): string {
  const host = Deno.hostname();
  return `ClusterName=private
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${freePort()}
SlurmdPort=${freePort()}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
# A job that was queued again waits until its old credential has expired; 5 s is the least that Slurm takes.
AuthInfo=socket=${folder}/munge/socket,cred_expire=5
CredType=cred/munge
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd.pid
SlurmctldLogFile=${folder}/slurmctld.log
SlurmdLogFile=${folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
JobCompType=jobcomp/none
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
SlurmdParameters=config_overrides
ReturnToService=2
MaxArraySize=5001
MaxJobCount=20000
KillWait=5
NodeName=${host} NodeAddr=127.0.0.1 CPUs=4 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES PriorityTier=1 MaxTime=INFINITE State=UP
PartitionName=urgent Nodes=ALL PriorityTier=10 PreemptMode=OFF MaxTime=INFINITE State=UP
`;
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function run(name: string, args: readonly string[], conf: string): Promise<void> {
  const { success, stderr } = await command(name, args, conf);
  if (!success) throw new Error(`${name} did not start: ${new TextDecoder().decode(stderr)}`);
}

async function output(name: string, args: readonly string[], conf: string): Promise<string> {
  return new TextDecoder().decode((await command(name, args, conf)).stdout);
}

function command(name: string, args: readonly string[], conf: string): Promise<Deno.CommandOutput> {
  return new Deno.Command(find(name)!, { args: [...args], env: { SLURM_CONF: conf }, stdin: "null" })
    .output();
}

/** Jobs get a moment to end, so that nothing of theirs is left running. */
async function jobsGone(conf: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const states = "--states=RUNNING,COMPLETING,PENDING";
    if ((await output("squeue", ["--noheader", states, "--format=%i"], conf)).trim() === "") return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function find(name: string): string | undefined {
  const folders = [...FOLDERS, ...(Deno.env.get("PATH") ?? "").split(":")];
  return folders.map((folder) => `${folder}/${name}`).find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
}

function logs(folder: string): string {
  return ["slurmctld.log", "slurmd.log", "munge/log"].map((name) => {
    try {
      return `${name}:\n${Deno.readTextFileSync(`${folder}/${name}`).split("\n").slice(-20).join("\n")}`;
    } catch {
      return `${name}: none`;
    }
  }).join("\n");
}

function pidIn(path: string): readonly number[] {
  try {
    return [Number(Deno.readTextFileSync(path).trim())];
  } catch {
    return [];
  }
}

function isAlive(pid: number): boolean {
  try {
    return kill(pid, 0);
  } catch {
    return false;
  }
}

function signal(pid: number, name: "SIGTERM" | "SIGKILL"): void {
  try {
    kill(pid, name);
  } catch {
    // It has ended.
  }
}

if (import.meta.main) {
  const [action, conf] = Deno.args;
  if (action === "start") console.log((await startSlurm()).conf);
  else if (action === "stop" && conf !== undefined) await stopSlurm(conf);
  else {
    console.error("Cannot tell what to do: wanted start, or stop with the path that start printed.");
    Deno.exit(2);
  }
}
