/** On Slurm. */
import "./processes_test.ts";
