// Package docs holds the pages for users. Its tests hold the pages to the
// program: links resolve, the README stays short, and the commands run.
package docs
