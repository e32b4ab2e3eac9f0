/** The most that one message of the v1 APIs may carry; with more it is refused as a whole. */

/** Of one message, in either encoding. */
export const V1_MESSAGE_BYTES_MAX = 16_777_216;
/** Fields, and items of lists and maps, in one message, known or not. */
export const V1_VALUES_PER_MESSAGE_MAX = 1_000_000;
/** Objects and lists of JSON inside each other. Source: Mesos, STOUT_JSON_MAX_DEPTH. */
export const V1_JSON_DEPTH_MAX = 200;
/** Messages and groups of protobuf inside each other. Source: the library that Mesos uses. */
export const V1_PROTOBUF_DEPTH_MAX = 100;
/** Required fields that an error names; the others are counted. */
export const V1_MISSING_FIELDS_TOLD_MAX = 20;
