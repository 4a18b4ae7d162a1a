/** Structured logs, without personal data: nobody's address, no body, no id of a lead. */

import { type Logger, pino } from "pino";

export const logger = (level: string): Logger => pino({ level, base: { pid: process.pid } }, pino.destination({ fd: 1, sync: true }));
