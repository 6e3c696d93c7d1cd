# Makes ../r.json: what R says of the data sets of this package, each number with the call that gave it; and
# ../../data/mice_estimates.csv, estimates from tables that mice completed.
# Usage, in this folder: Rscript make.R <folder of lifelines' data sets> <RADCURE's table of patients>
# Needs (Debian: r-cran-*) survival, cmprsk, Matching, clue, epiR, mice, jsonlite.
suppressPackageStartupMessages({
  library(survival); library(cmprsk); library(Matching); library(epiR); library(mice); library(jsonlite)
})
arguments <- commandArgs(trailingOnly = TRUE)
parts <- c("entries", "data", "table1", "matching", "curves", "cox", "selection", "competing", "weighting", "sensitivity",
           "imputation", "resampling")
for (part in parts) source(paste0(part, ".R"))

packages <- c("survival", "cmprsk", "Matching", "clue", "epiR", "mice")
versions <- lapply(setNames(nm = packages), function(name) as.character(packageVersion(name)))
made_with <- c(list(R = paste(R.version$major, R.version$minor, sep = ".")), versions)
write_json(list(made_with = made_with, entries = entries), "../r.json", digits = 15, auto_unbox = TRUE, pretty = TRUE)
