/**
 * Which file systems note when a file was last changed, as nobody can set back. On others (exFAT, FAT, most of what is
 * mounted by FUSE) a file may hold other bytes at the same size and time, and only reading it tells.
 */
import { statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { type OperatingSystem, operatingSystem } from "../../../lib/base/operating_system_io.ts";
import { removeTree, temporaryName } from "./atomic_io.ts";

export interface ChangeTimesOptions {
  /** Where a file may be made to try what its file system notes; what is known of Linux's needs none. */
  readonly folder: string;
  readonly onWarning: (message: string) => void;
  readonly os?: OperatingSystem;
}

/** Numbers that Linux gives its file systems, of those that only one machine has to itself: statfs(2). */
const OF_ONE_MACHINE: readonly number[] = [
  0xef53, // ext2, ext3, ext4
  0x58465342, // xfs
  0x9123683e, // btrfs
  0xca451a4e, // bcachefs
  0xf2f52010, // f2fs
  0x2fc12fc1, // zfs
  0x3153464a, // jfs
  0x01021994, // tmpfs
  0x858458f6, // ramfs
  0x794c7630, // overlayfs
  0x73717368, // squashfs
  0xe0f5e1e2, // erofs
];
/** Of those that keep change times. */
const KEEPING: ReadonlySet<number> = new Set([
  ...OF_ONE_MACHINE,
  0x6969, // nfs
  0x00c36400, // ceph
  0x0bd00bd0, // lustre
  0x47504653, // gpfs
  0x19830326, // beegfs
  0x01161970, // gfs2
  0x7461636f, // ocfs2
]);

export class ChangeTimes {
  readonly #options: ChangeTimesOptions;
  readonly #known = new Map<bigint, boolean>();

  constructor(options: ChangeTimesOptions) {
    this.#options = options;
  }

  /** Whether the change time of a file tells that it is as it was. Where it does not, that is said once. */
  tell({ path, device }: { readonly path: string; readonly device: bigint }): boolean {
    const known = this.#known.get(device);
    if (known !== undefined) return known;
    const keeps = this.#find(path, device);
    this.#known.set(device, keeps);
    if (!keeps) {
      this.#options.onWarning(
        `The file system of ${
          dirname(path)
        } does not note when a file was changed, so contents are read again each time.`,
      );
    }
    return keeps;
  }

  #find(path: string, device: bigint): boolean {
    const { folder, os = operatingSystem() } = this.#options;
    if (os === "linux") return KEEPING.has(fileSystemOf(path));
    return probe(folder, device);
  }
}

/**
 * Whether only this machine has a path's file system, so that whoever looks sees at once what was written, also what has
 * not come to the disk yet. `false` where that is not known.
 */
export function isOfOneMachine(path: string, os: OperatingSystem = operatingSystem()): boolean {
  return os === "linux" && OF_ONE_MACHINE.includes(fileSystemOf(path));
}

/** Without the sign that some systems give it. */
function fileSystemOf(path: string): number {
  return statfsSync(path).type >>> 0;
}

/** What a file of one's own on the same device shows once its time is set back. */
function probe(folder: string, device: bigint): boolean {
  const path = temporaryName(`${folder}/changes`);
  try {
    Deno.writeTextFileSync(path, "");
    Deno.utimeSync(path, 1, 1);
    const { dev, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return dev === device && ctimeNs > mtimeNs;
  } catch {
    return false;
  } finally {
    removeTree(path);
  }
}
