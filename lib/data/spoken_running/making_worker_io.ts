/** One of the threads that make running speech. */
import { servePieces } from "../pieces_io.ts";
import { openRunningWork } from "./making_io.ts";

void servePieces(openRunningWork);
