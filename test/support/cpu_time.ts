/** How much work something is, whatever else the machine does meanwhile. */
import { threadCpuUsage } from "node:process";

/** Milliseconds of computing of this thread, to ten or so; what it waits for does not count. */
export async function cpuTime(work: () => unknown): Promise<number> {
  const now = () => {
    const { user, system } = threadCpuUsage();
    return (user + system) / 1000;
  };
  const begun = now();
  await work();
  return now() - begun;
}
