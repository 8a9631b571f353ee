# How much of the uplinks 10,000 leeches use, before and after stranded leeches look for other peers. Reads
# before/timeseries.csv and after/timeseries.csv; docs/simulator-results.md has the commands. Draw it with: gnuplot stranded.gp
set encoding utf8
set datafile separator comma
set datafile commentschars '#'
set datafile columnheaders
set border 3 linewidth 1 linecolor rgb '#666666'
set tics nomirror out scale 0.6 textcolor rgb '#333333'
set grid linetype 1 linewidth 0.6 linecolor rgb '#dddddd'
set key noenhanced below horizontal reverse Left samplen 2.5 width 1 height 2 textcolor rgb '#333333'
set style fill transparent solid 0.25 noborder
set linetype 1 linewidth 1.6 pointtype 7 pointsize 0.6 linecolor rgb '#0072B2'
set linetype 2 linewidth 1.6 pointtype 7 pointsize 0.6 linecolor rgb '#D55E00'
set linetype 3 linewidth 1.6 pointtype 7 pointsize 0.6 linecolor rgb '#009E73'
set linetype 4 linewidth 1.6 pointtype 7 pointsize 0.6 linecolor rgb '#CC79A7'
set linetype 5 linewidth 1.6 pointtype 7 pointsize 0.6 linecolor rgb '#E69F00'
set linetype 6 linewidth 1.6 pointtype 7 pointsize 0.6 linecolor rgb '#56B4E9'
set linetype 7 linewidth 1.6 pointtype 7 pointsize 0.6 linecolor rgb '#555555'
set title 'bharambe, 10,000 leeches, 100 chunks: use of uplinks' noenhanced textcolor rgb '#222222'
set xlabel 'time [min]' noenhanced textcolor rgb '#333333'
set ylabel 'use of uplinks [%]' noenhanced textcolor rgb '#333333'
set xrange [0:15]
set yrange [0:100]
set terminal svg size 960,420 dynamic noenhanced font 'DejaVu Sans,Helvetica,Arial,sans-serif,15' linewidth 1.5 background rgb 'white'
set output 'stranded.svg'
plot 'before/timeseries.csv' using (column('time_s')/60):(100*column('uplink_use')) with lines linetype 2 title 'before (4122875): half are complete after 12 min 15 s', \
     'after/timeseries.csv' using (column('time_s')/60):(100*column('uplink_use')) with lines linetype 1 title 'after (2a8d0a3): 11 min 26 s'
unset output
