/** Disks that are small on purpose: a tmpfs of its own, where the system lets us mount one. */

export interface SmallDisk extends AsyncDisposable {
  readonly path: string;
  /** Leaves so many bytes free; `Infinity` frees all. */
  leave(bytes: number): void;
  setReadOnly(readOnly: boolean): Promise<void>;
}

/** @param inodes Most files and folders. @returns Why there can be none here, as text. */
export async function smallDisk(bytes: number, inodes: number): Promise<SmallDisk | string> {
  const path = Deno.makeTempDirSync({ prefix: "engine-disk-" });
  const mounted = await command(
    "mount",
    "-t",
    "tmpfs",
    "-o",
    `size=${bytes},nr_inodes=${inodes}`,
    "tmpfs",
    path,
  );
  if (mounted !== "") {
    Deno.removeSync(path);
    return mounted;
  }
  const ballast = `${path}/ballast`;
  return {
    path,
    leave(free) {
      if (free === Infinity) return Deno.removeSync(ballast);
      fill(ballast, free);
    },
    async setReadOnly(readOnly) {
      const trouble = await command("mount", "-o", `remount,${readOnly ? "ro" : "rw"}`, path);
      if (trouble !== "") throw new Error(trouble);
    },
    async [Symbol.asyncDispose]() {
      await command("umount", path);
      Deno.removeSync(path);
    },
  };
}

/** Why no disk can be mounted here; empty if one can. On a build server (CI=true) that is an error. */
export async function noSmallDisk(): Promise<string> {
  const probe = await smallDisk(1 << 20, 100);
  if (typeof probe !== "string") {
    await probe[Symbol.asyncDispose]();
    return "";
  }
  if (Deno.env.get("CI") === "true") throw new Error(`Cannot mount a small disk: ${probe}`);
  return probe;
}

function fill(ballast: string, leave: number): void {
  using file = Deno.openSync(ballast, { write: true, create: true });
  file.seekSync(0, Deno.SeekMode.End);
  const block = new Uint8Array(4096);
  try {
    for (;;) file.writeSync(block);
  } catch (error) {
    if (!(error as Error).message.includes("os error 28")) throw error;
  }
  file.truncateSync(Math.max(0, file.statSync().size - leave));
}

async function command(name: string, ...args: string[]): Promise<string> {
  try {
    const { success, stderr } = await new Deno.Command(name, { args, stdout: "null", stderr: "piped" })
      .output();
    return success ? "" : new TextDecoder().decode(stderr).trim();
  } catch (error) {
    return (error as Error).message;
  }
}
