/** Name of a run's event file. TensorBoard looks for `tfevents` in it; where times and hosts stand otherwise, nothing changes. */
export const EVENT_FILE = "events.out.tfevents.0";
