# What both scripts share: the columns that Python wrote, and steps that are timed on demand.

# A data frame of the folder's columns.
read_columns <- function(folder) {
  list <- read.delim(file.path(folder, "columns.tsv"), colClasses = "character", quote = "", na.strings = NULL)
  as.data.frame(Map(read_column, file.path(folder, paste0(list$name, ".bin")), list$kind, list$levels),
                col.names = list$name, check.names = FALSE)
}

read_column <- function(file, kind, levels) {
  width <- if (kind == "double") 8 else 4
  values <- readBin(file, if (kind == "double") "double" else "integer", file.size(file) / width, size = width)
  if (kind == "factor") structure(values, levels = strsplit(levels, "|", fixed = TRUE)[[1]], class = "factor") else values
}

# Answer each line 'name tab repetitions' of the standard input with the processor seconds of one repetition and the step's number.
serve <- function(steps) {
  input <- file("stdin", "r")
  cat("ready\n")
  repeat {
    line <- readLines(input, 1)
    if (!length(line)) break
    asked <- strsplit(line, "\t", fixed = TRUE)[[1]]
    step <- steps[[asked[1]]]
    seconds <- sum(system.time(for (i in seq_len(asked[2])) answer <- step())[c("user.self", "sys.self")])
    cat(format(c(seconds / as.integer(asked[2]), answer), digits = 17), "\n")
    flush(stdout())
  }
}
