/** What the file of a training's whole state is called, and what it says of itself besides. */

/** An output of a training, and in its partial folder what a stopped attempt left. */
export const RESUME_FILE = "resume.safetensors";

/** In its metadata: seconds since training began, where a budget of time counts them. */
export const SECONDS = "seconds";
