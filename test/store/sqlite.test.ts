import { storeContract } from "./contract.ts";
import { sqliteSubject } from "./sqlite-subject.ts";

storeContract("SQLite", sqliteSubject);
