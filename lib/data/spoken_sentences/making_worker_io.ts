/** One of the threads that make the synthetic sentences. */
import { servePieces } from "../pieces_io.ts";
import { openSentencesWork } from "./making_io.ts";

void servePieces(openSentencesWork);
