/** One of the threads that make the synthetic words. */
import { servePieces } from "../pieces_io.ts";
import { openSpokenWork } from "./making_io.ts";

void servePieces(openSpokenWork);
