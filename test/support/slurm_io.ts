/**
 * A private Slurm in a temporary folder: munge, a controller and a daemon for each node with sockets, ports, keys and
 * states of their own, so that it disturbs none that the machine may have. Several nodes are one machine several times
 * over: Debian's slurmd takes a node's name (-N), and each node a port of its own.
 *
 * `slurm_io.ts start [NODES]` prints the path of its configuration, `slurm_io.ts stop CONFIGURATION` ends it.
 */
import { kill } from "node:process";

export interface PrivateSlurm {
  /** For the environment variable SLURM_CONF. */
  readonly conf: string;
  stop(): Promise<void>;
}

export interface ClusterOptions {
  readonly nodes?: number;
  /** Processors of a node, whatever the machine has. */
  readonly cpus?: number;
  /** Graphics cards of a node: files that are none. */
  readonly gpus?: number;
  readonly maxArraySize?: number;
  /** Most jobs that the controller knows at a time, those that ended a moment ago among them. */
  readonly maxJobCount?: number;
  /** Seconds that it remembers a job which has ended. */
  readonly minJobAge?: number;
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

/** Starts the daemons and waits until all nodes are idle. @throws {Error} If they are not within half a minute. */
export async function startSlurm(options: ClusterOptions = {}): Promise<PrivateSlurm> {
  const folder = Deno.makeTempDirSync({ prefix: "private-slurm-" });
  Deno.chmodSync(folder, 0o755);
  for (const name of ["munge", "state", "spool"]) Deno.mkdirSync(`${folder}/${name}`, { mode: 0o755 });
  Deno.writeFileSync(`${folder}/munge/key`, crypto.getRandomValues(new Uint8Array(128)), { mode: 0o400 });
  const conf = `${folder}/slurm.conf`;
  const nodes = nodeNames(options);
  Deno.writeTextFileSync(conf, configuration(folder, options));
  Deno.writeTextFileSync(`${folder}/gres.conf`, devices(options));
  const slurm: PrivateSlurm = { conf, stop: () => stopSlurm(conf) };
  try {
    const munge = ["socket", "key-file", "pid-file", "log-file", "seed-file"]
      .map((name) => `--${name}=${folder}/munge/${name.replace("-file", "")}`);
    await run("munged", munge, conf);
    await run("slurmctld", [], conf);
    for (const node of nodes) await run("slurmd", ["-N", node], conf);
    const begun = performance.now();
    while ((await states(conf)).some((state) => state !== "idle")) {
      if (performance.now() - begun > START_MS) throw new Error(`The nodes are not idle:\n${logs(folder)}`);
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
  const pids = [...namesOf(folder, ".pid"), "munge/pid"].flatMap((name) => pidIn(`${folder}/${name}`));
  for (const pid of pids) signal(pid, "SIGTERM");
  const begun = performance.now();
  while (pids.some((pid) => isAlive(pid)) && performance.now() - begun < 10_000) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  for (const pid of pids) if (isAlive(pid)) signal(pid, "SIGKILL");
  await Deno.remove(folder, { recursive: true });
}

function nodeNames({ nodes = 1 }: ClusterOptions): readonly string[] {
  return Array.from({ length: nodes }, (_, i) => `n${i + 1}`);
}

function configuration(folder: string, options: ClusterOptions): string {
  const { cpus = 4, gpus = 0, maxArraySize = 5001, maxJobCount = 20_000, minJobAge = 300 } = options;
  const host = Deno.hostname();
  const gres = gpus === 0 ? "" : ` Gres=gpu:${gpus}`;
  const nodes = nodeNames(options).map((name) =>
    `NodeName=${name} NodeHostname=${host} NodeAddr=127.0.0.1 Port=${freePort()} CPUs=${cpus}${gres} State=UNKNOWN`
  );
  return `ClusterName=private
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${freePort()}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
# A job that was queued again waits until its old credential has expired; 5 s is the least that Slurm takes.
AuthInfo=socket=${folder}/munge/socket,cred_expire=5
CredType=cred/munge
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool/%n
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd-%n.pid
SlurmctldLogFile=${folder}/slurmctld.log
SlurmdLogFile=${folder}/slurmd-%n.log
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
MaxArraySize=${maxArraySize}
MaxJobCount=${maxJobCount}
MinJobAge=${minJobAge}
KillWait=5
GresTypes=gpu
${nodes.join("\n")}
PartitionName=main Nodes=ALL Default=YES PriorityTier=1 MaxTime=INFINITE State=UP
PartitionName=urgent Nodes=ALL PriorityTier=10 PreemptMode=OFF MaxTime=INFINITE State=UP
`;
}

/** Files that every machine has stand for the devices of graphics cards: nobody opens them. */
const DEVICES = ["/dev/null", "/dev/zero", "/dev/full"];

function devices({ gpus = 0 }: ClusterOptions): string {
  return DEVICES.slice(0, gpus).map((file) => `Name=gpu File=${file}\n`).join("");
}

/** Of the nodes. */
async function states(conf: string): Promise<readonly string[]> {
  return (await output("sinfo", ["--noheader", "--Node", "--partition=main", "--format=%T"], conf)).trim()
    .split("\n");
}

function namesOf(folder: string, extension: string): readonly string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.endsWith(extension));
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
  return [...namesOf(folder, ".log"), "munge/log"].map((name) => {
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
  const [action, argument] = Deno.args;
  if (action === "start") console.log((await startSlurm({ nodes: Number(argument ?? 1) })).conf);
  else if (action === "stop" && argument !== undefined) await stopSlurm(argument);
  else {
    console.error("Cannot tell what to do: wanted start, or stop with the path that start printed.");
    Deno.exit(2);
  }
}
