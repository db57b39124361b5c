import { createLogger } from "../../src/observe/log.ts";

export const SILENT = createLogger({ level: "silent", format: "json" });
