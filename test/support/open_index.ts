/** Opens the index of the store in the first argument and prints the names of its runs, as JSON. */
import { openStore } from "../../pipeline/engine/store/store_io.ts";
import { openIndex } from "../../pipeline/runs/index_io.ts";
import { searchRuns } from "../../pipeline/runs/search.ts";

using index = await openIndex(openStore(Deno.args[0]!));
console.log(JSON.stringify(searchRuns(index.database, { conditions: [] }).map(({ run }) => run)));
