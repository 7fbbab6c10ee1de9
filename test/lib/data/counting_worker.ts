/** A thread that counts pieces. */
import { servePieces } from "../../../lib/data/pieces_io.ts";
import { openCounting } from "./counting_pieces.ts";

void servePieces(openCounting);
