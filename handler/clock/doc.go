// Package clock is where labeltrail reasons about time by two clocks: this
// machine's and that of the Management Activity API.
//
// The API's clock decides what can be listed and when a content blob expires.
// All we know of it is the skew that the latest response showed, and that may
// be missing or wrong; so may our own clock be. A [Pair] therefore offers
// several answers to "what time is it?", and each says what it is safe for.
package clock
