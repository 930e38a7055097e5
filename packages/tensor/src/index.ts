export { useBackend } from "./backend/use-backend.ts";
