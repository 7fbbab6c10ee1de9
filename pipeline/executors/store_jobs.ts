/** What all executors together know of tasks that were left to them. */
import type { Store } from "../engine/store/store_io.ts";
import type { StoreJobs } from "./contract.ts";
import { EXECUTORS } from "./kinds.ts";

/** Of each executor that ever was given tasks of this store. */
export async function jobsOfStore(store: Store): Promise<readonly StoreJobs[]> {
  const kinds = await Promise.all(Object.values(EXECUTORS).map((load) => load()));
  const jobs = await Promise.all(kinds.map(({ kind }) => kind.jobs(store)));
  return jobs.filter((known) => known !== undefined);
}
